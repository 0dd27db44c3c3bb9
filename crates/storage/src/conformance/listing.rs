//! What a listing shows.

use super::{Failure, Outcome, Place, ensure, promises, same};
use crate::ListRequest;

promises! {
    Shared a_listing_is_in_byte_order [];
    Shared a_listing_goes_page_by_page [];
    Shared a_delimiter_makes_groups [];
    Shared start_after_skips [];
    Shared a_listing_has_sizes_and_tags [];
}

const NAMES: [&str; 12] = [
    "Z",
    "a!",
    "a-b",
    "a/1",
    "a/2",
    "a/x/1",
    "a0",
    "b",
    "photos/2023/1.jpg",
    "photos/2024/1.jpg",
    "photos/2024/2.jpg",
    "é",
];

async fn fill(place: &Place) -> Result<(), Failure> {
    for name in NAMES.iter().rev() {
        place.put(name, *name).await?;
    }
    Ok(())
}

async fn a_listing_is_in_byte_order(place: Place) -> Outcome {
    fill(&place).await?;
    same!(place.names(&place.request()).await?, NAMES, "all");
    let below = ListRequest { prefix: format!("{}a", place.prefix), ..ListRequest::default() };
    same!(place.names(&below).await?, ["a!", "a-b", "a/1", "a/2", "a/x/1", "a0"], "below a");
    let nothing = ListRequest { prefix: format!("{}nothing", place.prefix), ..ListRequest::default() };
    same!(place.names(&nothing).await?.len(), 0, "below nothing");
    Ok(())
}

async fn a_listing_goes_page_by_page(place: Place) -> Outcome {
    fill(&place).await?;
    for size in [1, 2, 5, 12, 1000] {
        let request = ListRequest { max_keys: Some(size), ..place.request() };
        let first = place.store.list(&request).await?;
        same!(first.objects.len(), usize::from(size).min(NAMES.len()), format!("the first page of {size}"));
        same!(first.continuation.is_some(), usize::from(size) < NAMES.len(), format!("more after {size}"));
        same!(place.names(&request).await?, NAMES, format!("all in pages of {size}"));
    }
    Ok(())
}

/// Objects and groups of a delimited listing in pages, without the prefix.
async fn grouped(place: &Place, below: &str, size: u16) -> Result<(Vec<String>, Vec<String>), Failure> {
    let mut request = ListRequest {
        prefix: format!("{}{below}", place.prefix),
        delimiter: Some("/".into()),
        max_keys: Some(size),
        ..ListRequest::default()
    };
    let short = |text: &str| text.strip_prefix(&place.prefix).unwrap_or(text).to_owned();
    let (mut objects, mut groups) = (Vec::new(), Vec::new());
    loop {
        let page = place.store.list(&request).await?;
        ensure!(page.objects.len() + page.prefixes.len() <= usize::from(size), "a page has more than {size} rows");
        objects.extend(page.objects.iter().map(|row| short(row.key.as_str())));
        groups.extend(page.prefixes.iter().map(|group| short(group)));
        match page.continuation {
            Some(next) => request.continuation = Some(next),
            None => return Ok((objects, groups)),
        }
    }
}

async fn a_delimiter_makes_groups(place: Place) -> Outcome {
    fill(&place).await?;
    for size in [1, 2, 3, 1000] {
        let (objects, groups) = grouped(&place, "", size).await?;
        same!(objects, ["Z", "a!", "a-b", "a0", "b", "é"], format!("objects in pages of {size}"));
        same!(groups, ["a/", "photos/"], format!("groups in pages of {size}"));
        let (objects, groups) = grouped(&place, "photos/", size).await?;
        same!((objects.len(), groups), (0, vec!["photos/2023/".to_owned(), "photos/2024/".to_owned()]), "below photos");
        let (objects, groups) = grouped(&place, "a/", size).await?;
        same!(objects, ["a/1", "a/2"], "below a");
        same!(groups, ["a/x/"], "groups below a");
    }
    Ok(())
}

async fn start_after_skips(place: Place) -> Outcome {
    fill(&place).await?;
    for (after, skipped) in [("a", 1), ("a!", 2), ("a/", 3), ("a/2", 5), ("zzz", 11), ("A", 0), ("é", 12)] {
        for size in [3, 1000] {
            let start_after = Some(format!("{}{after}", place.prefix));
            let request = ListRequest { start_after, max_keys: Some(size), ..place.request() };
            same!(place.names(&request).await?, NAMES[skipped..], format!("after {after} in pages of {size}"));
        }
    }
    Ok(())
}

async fn a_listing_has_sizes_and_tags(place: Place) -> Outcome {
    let written = place.put("it", "content").await?;
    let page = place.store.list(&place.request()).await?;
    let row = page.objects.first().ok_or_else(|| Failure::new("the listing is empty"))?;
    same!(row.size, 7, "the size");
    same!(row.etag, Some(written.etag), "the tag");
    ensure!(row.last_modified.is_some(), "there is no time");
    Ok(())
}
