//! One suite that every store and every server passes, as named cases.
//!
//! A case that needs what a place lacks is skipped and listed, never passed in silence. Each case works below its own
//! prefix and cleans up behind itself; those that switch versions on need a bucket of their own.

mod keys;
mod listing;
mod multipart;
mod reads;
mod versions;
mod writes;

use std::{collections::BTreeSet, fmt, sync::Arc};

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::{
    Body, DeleteOptions, Error, Key, ListRequest, ObjectStore, ReadOptions, Result as StoreResult, WriteOptions,
    Written, body::collect,
};

/// Something that not every place does as S3 does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Need {
    /// Honours `If-None-Match: *` on writes. Others reject or, worse, ignore it.
    CreateIfAbsent,
    /// Honours `If-Match` on writes.
    ReplaceIfMatch,
    /// Honours both on the completion of a multipart upload.
    CompleteConditions,
    /// Honours `If-Match` on deletes.
    DeleteIfMatch,
    /// Honours `x-amz-copy-source-if-match`.
    CopyIfMatch,
    /// Keeps versions.
    Versions,
    /// Keys with control characters.
    ControlKeys,
    /// Keys that are no paths: with `//`, `.` and `..`, `\\`, `/` at either end, 1,024 bytes.
    OddKeys,
    /// `a` beside `a/b`, which are a file and a folder elsewhere.
    NestedKeys,
    /// Tells `é` in one code point from `é` in two, and `A` from `a`.
    ExactKeys,
    /// Metadata values beyond ASCII.
    UnicodeMetadata,
    /// Checks the tags of parts.
    PartTags,
    /// Completes with some of the parts that were sent.
    PartChoice,
    /// Refuses parts out of order.
    PartOrder,
    /// Refuses a part below 5 MiB that is not the last.
    PartSizes,
    /// Answers a repeated completion with the same result or `NoSuchUpload`.
    RepeatedCompletion,
    /// Says `NoSuchUpload` to whatever is asked of an upload that was aborted.
    AbortedUploads,
    /// Lists unfinished uploads by prefix.
    UploadListing,
    /// Says 416 to a range outside of the object.
    InvalidRange,
    /// Keeps a SHA-256 checksum.
    Checksums,
    /// Drops what ends before its announced length also when it is not signed.
    WholeBodies,
    /// Takes content whose length nobody knows before its end.
    UnknownLength,
}

const ALL_NEEDS: [Need; 22] = [
    Need::CreateIfAbsent,
    Need::ReplaceIfMatch,
    Need::CompleteConditions,
    Need::DeleteIfMatch,
    Need::CopyIfMatch,
    Need::Versions,
    Need::ControlKeys,
    Need::OddKeys,
    Need::NestedKeys,
    Need::ExactKeys,
    Need::UnicodeMetadata,
    Need::PartTags,
    Need::PartChoice,
    Need::PartOrder,
    Need::PartSizes,
    Need::RepeatedCompletion,
    Need::AbortedUploads,
    Need::UploadListing,
    Need::InvalidRange,
    Need::Checksums,
    Need::WholeBodies,
    Need::UnknownLength,
];

/// What a place can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capabilities(BTreeSet<Need>);

impl Capabilities {
    /// Everything that S3 does.
    pub fn all() -> Self {
        Self(ALL_NEEDS.into())
    }

    /// All but these.
    pub fn without(needs: &[Need]) -> Self {
        Self(ALL_NEEDS.into_iter().filter(|need| !needs.contains(need)).collect())
    }

    /// What of `needs` is missing.
    pub fn missing(&self, needs: &[Need]) -> Option<Need> {
        needs.iter().copied().find(|need| !self.0.contains(need))
    }
}

/// What a store did that it must not do.
#[derive(Debug, Clone)]
pub struct Failure(String);

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self(format!("an unexpected error: {error:?}"))
    }
}

impl From<crate::KeyError> for Failure {
    fn from(error: crate::KeyError) -> Self {
        Self(format!("a case has a bad key: {error}"))
    }
}

/// How a case ended.
pub type Outcome = Result<(), Failure>;

/// Which bucket a case runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bucket {
    /// One that others use too, below a prefix of its own.
    Shared,
    /// One that is empty and may be left with versions switched on.
    Own,
}

/// A named promise.
pub struct Case {
    /// The promise.
    pub name: &'static str,
    /// What the place must be able to do.
    pub needs: &'static [Need],
    /// Where it runs.
    pub bucket: Bucket,
    run: fn(Place) -> BoxFuture<'static, Outcome>,
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl Case {
    /// Runs the case and removes what it left, also when it failed.
    pub async fn run(&self, store: Arc<dyn ObjectStore>) -> Outcome {
        let prefix = format!("conformance/{}/{}/", self.name, uuid::Uuid::new_v4().simple());
        let place = Place { store, prefix };
        let outcome = (self.run)(place.clone()).await;
        let cleaned = place.clean().await.map_err(Failure::from);
        outcome.and(cleaned)
    }
}

/// What a run of the suite led to.
#[derive(Debug, Default)]
pub struct Report {
    /// Names of the promises that hold.
    pub passed: Vec<&'static str>,
    /// Those that were not tried, and what the place lacks.
    pub skipped: Vec<(&'static str, Need)>,
    /// Those that do not hold, and why.
    pub failed: Vec<(&'static str, Failure)>,
}

/// Every case.
pub fn cases() -> Vec<Case> {
    let groups =
        [keys::cases(), reads::cases(), writes::cases(), listing::cases(), multipart::cases(), versions::cases()];
    groups.into_iter().flatten().collect()
}

/// Runs every case on one store, those that switch versions on last.
pub async fn run(store: Arc<dyn ObjectStore>, capabilities: &Capabilities) -> Report {
    let mut report = Report::default();
    let mut all = cases();
    all.sort_by_key(|case| case.bucket == Bucket::Own);
    for case in all {
        match capabilities.missing(case.needs) {
            Some(need) => report.skipped.push((case.name, need)),
            None => match case.run(store.clone()).await {
                Ok(()) => report.passed.push(case.name),
                Err(failure) => report.failed.push((case.name, failure)),
            },
        }
    }
    report
}

/// Runs the case of this name, or says why not. For the tests that [`crate::conformance_tests`] writes.
pub async fn run_named(name: &str, store: Arc<dyn ObjectStore>, capabilities: &Capabilities) {
    let case = cases().into_iter().find(|case| case.name == name);
    let case = case.unwrap_or_else(|| panic!("there is no case {name}"));
    match capabilities.missing(case.needs) {
        Some(need) => eprintln!("SKIPPED {name}: the place lacks {need:?}"),
        None => case.run(store).await.unwrap_or_else(|failure| panic!("{name}: {failure}")),
    }
}

/// Writes one test per case; each calls `$with(name).await`, which makes a store and hands it to
/// [`run_named`](crate::conformance::run_named). The crate that uses it needs `tokio` with `macros`.
#[macro_export]
macro_rules! conformance_tests {
    ($with:path) => {
        $crate::conformance_tests! { $with:
            names_of_files_come_back_as_they_were, odd_keys_come_back_as_they_were,
            a_key_beside_keys_below_it_is_a_key_of_its_own, keys_with_control_characters_come_back, twins_are_different_keys,
            an_empty_object_is_an_object, metadata_and_type_are_kept, unicode_metadata_is_kept,
            what_is_not_there_is_not_found, ranges_are_cut_and_refused, reads_hold_their_conditions,
            a_large_object_comes_back_whole, a_reader_keeps_what_it_began_with, an_overwrite_replaces_everything,
            a_create_happens_once, of_sixteen_creators_one_wins, a_replace_needs_the_right_tag,
            a_delete_may_be_repeated, a_delete_needs_the_right_tag, many_are_deleted_at_once,
            a_copy_has_its_own_metadata, a_copy_needs_the_right_tag, a_failed_body_leaves_nothing,
            wrong_content_is_refused, a_checksum_is_kept, a_streamed_body_is_stored,
            a_body_of_unknown_length_is_stored,
            a_listing_is_in_byte_order, a_listing_goes_page_by_page, a_delimiter_makes_groups,
            start_after_skips, a_listing_has_sizes_and_tags, three_parts_become_an_object,
            a_part_sent_again_replaces_the_first, only_the_named_parts_are_used, a_wrong_part_is_refused,
            parts_out_of_order_are_refused, a_small_part_is_refused, the_parts_of_an_upload_are_listed,
            unfinished_uploads_are_listed,
            an_abort_may_be_repeated, what_was_aborted_is_gone, a_completion_may_be_repeated, a_completion_holds_its_conditions,
            old_versions_can_be_read, a_delete_marker_hides_and_can_be_removed, the_version_before_comes_back,
            suspended_versions_are_null, versions_are_listed_page_by_page
        }
    };
    ($with:path: $($name:ident),*) => {
        $(#[tokio::test(flavor = "multi_thread")]
        async fn $name() {
            $with(stringify!($name)).await;
        })*

        #[test]
        fn every_case_has_its_test() {
            let mut named = vec![$(stringify!($name)),*];
            let mut all: Vec<_> = $crate::conformance::cases().iter().map(|case| case.name).collect();
            named.sort_unstable();
            all.sort_unstable();
            assert_eq!(named, all);
        }
    };
}

/// A store and the prefix that belongs to one case.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    pub store: Arc<dyn ObjectStore>,
    pub prefix: String,
}

impl Place {
    pub fn key(&self, name: &str) -> Result<Key, Failure> {
        Ok(Key::new(format!("{}{name}", self.prefix))?)
    }

    pub async fn put(&self, name: &str, content: impl Into<Bytes>) -> Result<Written, Failure> {
        self.put_with(name, content, &WriteOptions::default()).await
    }

    pub async fn put_with(
        &self,
        name: &str,
        content: impl Into<Bytes>,
        options: &WriteOptions,
    ) -> Result<Written, Failure> {
        Ok(self.store.put(&self.key(name)?, Body::bytes(content), options).await?)
    }

    pub async fn read(&self, name: &str) -> Result<Bytes, Failure> {
        self.read_with(name, &ReadOptions::default()).await
    }

    pub async fn read_with(&self, name: &str, options: &ReadOptions) -> Result<Bytes, Failure> {
        Ok(collect(self.store.get(&self.key(name)?, options).await?.body).await?)
    }

    pub fn request(&self) -> ListRequest {
        ListRequest { prefix: self.prefix.clone(), ..ListRequest::default() }
    }

    /// All keys of a listing, page by page, without the prefix.
    pub async fn names(&self, request: &ListRequest) -> Result<Vec<String>, Failure> {
        let (mut request, mut names) = (request.clone(), Vec::new());
        loop {
            let page = self.store.list(&request).await?;
            let short = |key: &str| key.strip_prefix(&self.prefix).unwrap_or(key).to_owned();
            names.extend(page.objects.iter().map(|row| short(row.key.as_str())));
            match page.continuation {
                Some(next) => request.continuation = Some(next),
                None => return Ok(names),
            }
        }
    }

    async fn clean(&self) -> StoreResult<()> {
        for info in self.store.list_uploads(&self.prefix).await.unwrap_or_default() {
            self.store.abort_multipart(&info.upload).await?;
        }
        while let Ok(page) = self.store.list_versions(&self.request(), None).await
            && !page.versions.is_empty()
        {
            for version in page.versions {
                let options = DeleteOptions { version: Some(version.id), if_match: None };
                self.store.delete(&version.entry.key, &options).await?;
            }
        }
        loop {
            let page = self.store.list(&self.request()).await?;
            if page.objects.is_empty() {
                return Ok(());
            }
            for row in page.objects {
                self.store.delete(&row.key, &DeleteOptions::default()).await?;
            }
        }
    }
}

/// Fails the case with words unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($words:tt)+) => {
        if !$condition {
            return Err($crate::conformance::Failure::new(format!($($words)+)));
        }
    };
}
/// Fails the case unless both sides are equal.
macro_rules! same {
    ($left:expr, $right:expr, $what:expr) => {
        match (&$left, &$right) {
            (left, right) => ensure!(*left == *right, "{}: {left:?} is not {right:?}", $what),
        }
    };
}
/// Fails the case unless the result is this error.
macro_rules! refused {
    ($result:expr, $pattern:pat, $what:expr) => {
        match &$result {
            Err($pattern) => {}
            Err(other) => ensure!(false, "{}: another error: {other:?}", $what),
            Ok(_) => ensure!(false, "{}: it was not refused", $what),
        }
    };
}
/// Lists cases of a module.
macro_rules! promises {
    ($($bucket:ident $name:ident [$($need:ident),*];)+) => {
        pub(super) fn cases() -> Vec<$crate::conformance::Case> {
            vec![$($crate::conformance::Case {
                name: stringify!($name),
                needs: &[$($crate::conformance::Need::$need),*],
                bucket: $crate::conformance::Bucket::$bucket,
                run: |place| Box::pin($name(place)),
            }),+]
        }
    };
}
pub(crate) use {ensure, promises, refused, same};
