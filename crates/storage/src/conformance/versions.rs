//! Buckets that keep old versions.

use super::{Failure, Outcome, Place, ensure, promises, refused, same};
use crate::{CopyFrom, DeleteOptions, Deleted, Error, ReadOptions, Version, VersionId, Versioning, WriteOptions};

promises! {
    Own old_versions_can_be_read [Versions];
    Own a_delete_marker_hides_and_can_be_removed [Versions];
    Own the_version_before_comes_back [Versions];
    Own suspended_versions_are_null [Versions];
    Own versions_are_listed_page_by_page [Versions];
}

fn id(version: Option<VersionId>) -> Result<VersionId, Failure> {
    version.ok_or_else(|| Failure::new("a write has no version"))
}

impl Place {
    async fn version(&self, name: &str, content: &'static str) -> Result<VersionId, Failure> {
        id(self.put(name, content).await?.version)
    }

    async fn read_version(&self, name: &str, version: &VersionId) -> Result<bytes::Bytes, Failure> {
        self.read_with(name, &ReadOptions { version: Some(version.clone()), ..ReadOptions::default() }).await
    }

    async fn delete(&self, name: &str, version: Option<&VersionId>) -> Result<Deleted, Failure> {
        let options = DeleteOptions { version: version.cloned(), if_match: None };
        Ok(self.store.delete(&self.key(name)?, &options).await?)
    }

    async fn versions(&self) -> Result<Vec<Version>, Failure> {
        Ok(self.store.list_versions(&self.request(), None).await?.versions)
    }
}

async fn old_versions_can_be_read(place: Place) -> Outcome {
    place.put("before", "without versions").await?;
    place.store.set_versioning(Versioning::On).await?;
    same!(place.store.versioning().await?, Versioning::On, "the state");
    let one = place.version("it", "one").await?;
    let two = place.version("it", "two").await?;
    ensure!(one != two, "both versions have the same id");
    same!(place.read("it").await?, "two", "the newest");
    same!(place.read_version("it", &one).await?, "one", "the first");
    same!(place.read_version("it", &two).await?, "two", "the second");
    place.version("before", "with versions").await?;
    same!(place.read_version("before", &VersionId("null".into())).await?, "without versions", "the null version");
    let key = place.key("it")?;
    let never = ReadOptions { version: Some(VersionId("null".into())), ..ReadOptions::default() };
    refused!(place.store.head(&key, &never).await, Error::NotFound { .. }, "a version that never was");
    let from = CopyFrom { key: key.clone(), version: Some(one), if_match: None };
    place.store.copy(&from, &key, &WriteOptions::default()).await?;
    same!(place.read("it").await?, "one", "the restored version");
    same!(place.versions().await?.len(), 5, "the number of versions");
    Ok(())
}

async fn a_delete_marker_hides_and_can_be_removed(place: Place) -> Outcome {
    place.store.set_versioning(Versioning::On).await?;
    let one = place.version("it", "one").await?;
    let deleted = place.delete("it", None).await?;
    ensure!(deleted.delete_marker, "no marker was written");
    let marker = id(deleted.version)?;
    let key = place.key("it")?;
    refused!(place.store.head(&key, &ReadOptions::default()).await, Error::NotFound { .. }, "what was deleted");
    same!(place.names(&place.request()).await?.len(), 0, "the listing");
    same!(place.read_version("it", &one).await?, "one", "the version below the marker");
    let rows = place.versions().await?;
    let facts: Vec<_> = rows.iter().map(|row| (row.id.clone(), row.is_latest, row.is_delete_marker)).collect();
    same!(facts, [(marker.clone(), true, true), (one, false, false)], "the versions");
    let undone = place.delete("it", Some(&marker)).await?;
    ensure!(undone.delete_marker, "removing the marker did not say so");
    same!(place.read("it").await?, "one", "what the marker hid");
    Ok(())
}

async fn the_version_before_comes_back(place: Place) -> Outcome {
    place.store.set_versioning(Versioning::On).await?;
    let one = place.version("it", "one").await?;
    let two = place.version("it", "two").await?;
    let three = place.version("it", "three").await?;
    place.delete("it", Some(&two)).await?;
    same!(place.read("it").await?, "three", "the newest");
    place.delete("it", Some(&three)).await?;
    same!(place.read("it").await?, "one", "the version before");
    ensure!(place.versions().await?.iter().all(|row| row.is_latest && row.id == one), "other versions are left");
    place.delete("it", Some(&one)).await?;
    place.delete("it", Some(&one)).await?;
    same!(place.versions().await?.len(), 0, "what is left");
    let key = place.key("it")?;
    refused!(place.store.head(&key, &ReadOptions::default()).await, Error::NotFound { .. }, "what has no version");
    Ok(())
}

async fn suspended_versions_are_null(place: Place) -> Outcome {
    place.store.set_versioning(Versioning::On).await?;
    let one = place.version("it", "one").await?;
    place.store.set_versioning(Versioning::Suspended).await?;
    same!(place.store.versioning().await?, Versioning::Suspended, "the state");
    for content in ["two", "three"] {
        let written = place.put("it", content).await?;
        ensure!(written.version.is_none_or(|id| id.0 == "null"), "a write has its own version");
        same!(place.read("it").await?, content, "the newest");
    }
    let ids: Vec<_> = place.versions().await?.into_iter().map(|row| row.id.0).collect();
    same!(ids, ["null".to_owned(), one.0.clone()], "the versions");
    place.delete("it", None).await?;
    let rows: Vec<_> = place.versions().await?.into_iter().map(|row| (row.id.0, row.is_delete_marker)).collect();
    same!(rows, [("null".to_owned(), true), (one.0.clone(), false)], "the versions after a delete");
    same!(place.read_version("it", &one).await?, "one", "the first");
    Ok(())
}

async fn versions_are_listed_page_by_page(place: Place) -> Outcome {
    place.store.set_versioning(Versioning::On).await?;
    for content in ["one", "two", "three"] {
        for name in ["a", "b", "dir/c"] {
            place.version(name, content).await?;
        }
    }
    place.delete("b", None).await?;
    let all = place.versions().await?;
    same!(all.len(), 10, "the number of versions");
    same!(all.iter().filter(|row| row.is_latest).count(), 3, "the number of newest ones");
    for size in [1, 3, 4] {
        let request = crate::ListRequest { max_keys: Some(size), ..place.request() };
        let (mut after, mut rows) = (None, Vec::new());
        loop {
            let page = place.store.list_versions(&request, after.as_ref()).await?;
            ensure!(page.versions.len() <= usize::from(size), "a page has more than {size} rows");
            rows.extend(page.versions);
            after = page.continuation;
            if after.is_none() {
                break;
            }
        }
        same!(rows, all, format!("all in pages of {size}"));
    }
    Ok(())
}
