//! Size and tag of each chosen file: from listings of the folders they share where that is cheaper, else one by one.
//!
//! A listing only ever saves requests. What it does not show is asked about by itself before it is called missing, so
//! a place that lists out of order, or not at all, answers the same.

use std::collections::VecDeque;

use futures::{Stream, StreamExt, stream};
use holdfast_storage::{ETag, ListRequest, Listed, ReadOptions};

use super::{
    RestoreContext, RestoreRequest, failure_of,
    items::Facts,
    observe::{Collector, LOOKUPS},
};
use crate::Result;

/// So many single questions cost what one page of a listing does: providers bill a LIST as a write.
const PAGE_COSTS: usize = 12;

/// A pause that does not end.
const NEVER: usize = usize::MAX;

/// How the next of the chosen files are looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// One page of the folder they share.
    Page,
    /// So many by themselves.
    Each(usize),
}

/// How well pages have paid so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Pace {
    wasted: u32,
    pause: usize,
}

impl Pace {
    /// What to do when `left` files are to go.
    fn step(self, left: usize) -> Step {
        match left {
            _ if self.pause > 0 => Step::Each(left.min(self.pause)),
            0..PAGE_COSTS => Step::Each(left),
            _ => Step::Page,
        }
    }

    /// After a page that showed `shown` of the files: the rarer they are among others, the longer none is asked for.
    fn after_page(self, shown: usize) -> Self {
        match shown {
            0..PAGE_COSTS => Self { wasted: self.wasted + 1, pause: PAGE_COSTS << (self.wasted + 1).min(10) },
            _ => Self::default(),
        }
    }

    fn after_each(self) -> Self {
        Self { pause: if self.pause == NEVER { NEVER } else { 0 }, ..self }
    }

    fn without_pages() -> Self {
        Self { wasted: 0, pause: NEVER }
    }
}

/// Takes down every file of a selection, sorted by path, with what the bucket says of it.
pub(crate) async fn look_up(
    ctx: &RestoreContext,
    request: &RestoreRequest,
    mut files: &[&str],
    collector: &mut Collector,
) -> Result<()> {
    let mut pace = Pace::default();
    while !files.is_empty() {
        let page = match pace.step(files.len()) {
            Step::Page => page(ctx, request, files).await,
            Step::Each(count) => Ok(Page { covers: count, rows: VecDeque::new() }),
        };
        let page = match page {
            Ok(page) => page,
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(_) => {
                pace = Pace::without_pages();
                continue;
            }
        };
        let was_listed = pace.step(files.len()) == Step::Page;
        let (some, rest) = files.split_at(page.covers);
        let shown = take_down(ctx, request, some, page.rows, collector).await?;
        pace = if was_listed { pace.after_page(shown) } else { pace.after_each() };
        files = rest;
    }
    Ok(())
}

/// Part of a listing, and how many of the files it speaks of.
#[derive(Default)]
struct Page {
    covers: usize,
    rows: VecDeque<Listed>,
}

/// One page of the folder that all the files share, beginning at the first of them.
async fn page(ctx: &RestoreContext, request: &RestoreRequest, files: &[&str]) -> holdfast_storage::Result<Page> {
    let dir = request.prefix.dir();
    let (Some(first), Some(last)) = (files.first(), files.last()) else { return Ok(Page::default()) };
    let prefix = format!("{dir}{}", shared_folder(first, last));
    let before = format!("{dir}{}", just_before(first));
    let start_after = (before.len() > prefix.len()).then_some(before);
    let _permit = ctx.limiter.acquire().await;
    let page = ctx.store.list(&ListRequest { prefix, start_after, ..ListRequest::default() }).await?;
    let end = page.objects.last().and_then(|row| row.key.as_str().strip_prefix(&dir));
    let is_covered = |file: &str| page.continuation.is_none() || end.is_some_and(|end| file <= end);
    let covers = files.iter().take_while(|file| is_covered(file)).count();
    Ok(Page { covers, rows: page.objects.into() })
}

/// Matches files with rows, both in order, and asks for the files that no row names. Says how many rows fitted.
async fn take_down(
    ctx: &RestoreContext,
    request: &RestoreRequest,
    files: &[&str],
    rows: VecDeque<Listed>,
    collector: &mut Collector,
) -> Result<usize> {
    let rows = matching(files, rows, &request.prefix.dir());
    let unseen: Vec<&str> = files.iter().zip(&rows).filter(|(_, row)| row.is_none()).map(|(file, _)| *file).collect();
    let shown = files.len() - unseen.len();
    let mut heads = heads(ctx, request, &unseen);
    for (file, row) in files.iter().zip(rows) {
        let answer = match row {
            Some(row) => Ok((row.size, row.etag)),
            None => match heads.next().await {
                Some(answer) => answer,
                None => break,
            },
        };
        match answer {
            Ok((size, etag)) => {
                ctx.tracker.plan(1, size);
                collector.add(file, Facts { size, etag: etag.as_ref(), version: None });
            }
            Err(error) if error.is_fatal() => return Err(error.into()),
            Err(error) => collector.fail((*file).to_owned(), failure_of(error)),
        }
    }
    Ok(shown)
}

/// The row of each file, where there is one.
fn matching(files: &[&str], mut rows: VecDeque<Listed>, dir: &str) -> Vec<Option<Listed>> {
    let path_of = |row: &Listed| row.key.as_str().strip_prefix(dir).map(str::to_owned);
    let mut row_of = |file: &str| {
        while rows.front().and_then(path_of).is_some_and(|path| path.as_str() < file) {
            rows.pop_front();
        }
        rows.pop_front_if(|row| path_of(row).as_deref() == Some(file))
    };
    files.iter().map(|file| row_of(file)).collect()
}

/// A HEAD for each, a few at once, answered in order.
fn heads<'a>(
    ctx: &'a RestoreContext,
    request: &'a RestoreRequest,
    files: &[&'a str],
) -> impl Stream<Item = holdfast_storage::Result<(u64, Option<ETag>)>> + Unpin + use<'a> {
    let ask = |path: &&'a str| {
        let key = request.prefix.key(path);
        async move {
            let _permit = ctx.limiter.acquire().await;
            let meta = ctx.store.head(&key?, &ReadOptions::default()).await?;
            Ok((meta.size, Some(meta.etag)))
        }
    };
    stream::iter(files.iter().map(ask).collect::<Vec<_>>()).buffered(LOOKUPS)
}

/// The folder both paths are in, with its slash; empty for none.
pub(crate) fn shared_folder<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let end = one.as_bytes()[..same].iter().rposition(|byte| *byte == b'/').map_or(0, |at| at + 1);
    &one[..end]
}

/// A text that stands a little before `path`.
fn just_before(path: &str) -> &str {
    path.char_indices().last().map_or("", |(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_for_where_it_can_pay() {
        let sparse = Pace::default().after_page(3);
        for (pace, left, want) in [
            (Pace::default(), 1, Step::Each(1)),
            (Pace::default(), PAGE_COSTS - 1, Step::Each(PAGE_COSTS - 1)),
            (Pace::default(), PAGE_COSTS, Step::Page),
            (Pace::default(), 100_000, Step::Page),
            (Pace::default().after_page(1000), 100_000, Step::Page),
            (Pace::default().after_page(PAGE_COSTS), 100_000, Step::Page),
            (sparse, 100_000, Step::Each(2 * PAGE_COSTS)),
            (sparse, 5, Step::Each(5)),
            (sparse.after_each(), 100_000, Step::Page),
            (sparse.after_each().after_page(0), 100_000, Step::Each(4 * PAGE_COSTS)),
            (sparse.after_each().after_page(500), 100_000, Step::Page),
            (Pace::without_pages(), 100_000, Step::Each(100_000)),
        ] {
            assert_eq!(pace.step(left), want, "{pace:?} {left}");
        }
    }

    #[test]
    fn pages_that_do_not_pay_cost_a_tenth_more_at_most() {
        for files in [100usize, 1000, 10_000, 100_000] {
            let (mut pace, mut left, mut cost) = (Pace::default(), files, 0);
            while left > 0 {
                match pace.step(left) {
                    Step::Each(count) => (pace, left, cost) = (pace.after_each(), left - count, cost + count),
                    Step::Page => (pace, cost) = (pace.after_page(0), cost + PAGE_COSTS),
                }
            }
            assert!(cost <= files + files / 10 + 4 * PAGE_COSTS, "{cost} for {files}");
        }
    }

    #[test]
    fn the_folder_that_two_paths_share_ends_with_its_slash() {
        for (one, other, want) in [
            ("a", "b", ""),
            ("a/b", "a/c", "a/"),
            ("a/b/c", "a/b-/c", "a/"),
            ("a/b/c", "a/b/d/e", "a/b/"),
            ("é/1", "è/1", ""),
            ("x", "x", ""),
        ] {
            assert_eq!(shared_folder(one, other), want, "{one} {other}");
        }
    }

    #[test]
    fn a_listing_begins_before_the_first_file() {
        for path in ["a", "photos/1", "photos/é", "a/b"] {
            assert!(just_before(path) < path, "{path}");
        }
    }
}
