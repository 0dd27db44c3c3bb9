//! Files whose names hold what somebody looks for, in the whole place.

use holdfast_storage::ListRequest;
use unicode_normalization::UnicodeNormalization;

use super::StorageTools;
use crate::{
    AppError, Result,
    dto::run::{ObjectPage, S3ObjectView},
    error::Doing,
};

/// What somebody looks for: every word, anywhere in a key, whatever its case and however its accents are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Search {
    words: Vec<String>,
}

impl Search {
    pub(super) fn new(text: &str) -> Self {
        Self { words: text.split_whitespace().map(folded).collect() }
    }

    /// Nothing typed finds nothing.
    pub(super) fn matches(&self, key: &str) -> bool {
        let key = if key.is_ascii() { key.to_ascii_lowercase() } else { folded(key) };
        !self.words.is_empty() && self.words.iter().all(|word| key.contains(word.as_str()))
    }
}

fn folded(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase().nfc().collect()
}

impl StorageTools {
    /// The first `limit` files that match, in the order of their keys. `continuation` says that there may be more.
    ///
    /// Every page of the place's listing is read until the limit is reached: a million files are a thousand requests.
    pub async fn search(&self, text: &str, limit: usize) -> Result<ObjectPage> {
        let search = Search::new(text);
        let mut page = ObjectPage { objects: Vec::new(), prefixes: Vec::new(), continuation: None };
        if search.words.is_empty() || limit == 0 {
            return Ok(page);
        }
        let mut request = ListRequest::default();
        loop {
            let listed = self.open.store.list(&request).await;
            let listed = listed.map_err(|error| AppError::from_storage(&error, &self.open.context(Doing::List)))?;
            let mut found = listed.objects.into_iter().filter(|row| search.matches(row.key.as_str()));
            page.objects.extend(found.by_ref().take(limit - page.objects.len()).map(S3ObjectView::from));
            let more = found.next().is_some();
            let next = listed.continuation.filter(|next| request.continuation.as_ref() != Some(next));
            match next {
                _ if more => page.continuation = Some("more".into()),
                Some(next) if page.objects.len() < limit => {
                    request.continuation = Some(next);
                    continue;
                }
                next => page.continuation = next,
            }
            return Ok(page);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_counts_wherever_it_stands_and_however_it_is_written() {
        for (text, key, want) in [
            ("tax", "Documents/2024/TAX return.pdf", true),
            ("tax 2024", "Documents/2024/TAX return.pdf", true),
            ("2024 return tax", "Documents/2024/TAX return.pdf", true),
            ("tax 2025", "Documents/2024/TAX return.pdf", false),
            ("résumé", "a/Re\u{301}sume\u{301}.odt", true),
            ("RE\u{301}SUME\u{301}", "a/résumé.odt", true),
            ("ÜBER", "über/x", true),
            ("日本", "旅行/日本.jpg", true),
            ("docs/a", "docs/a/b", true),
            ("", "a", false),
            ("   ", "a", false),
        ] {
            assert_eq!(Search::new(text).matches(key), want, "{text:?} in {key:?}");
        }
    }
}
