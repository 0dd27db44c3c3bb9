//! A million objects in little memory: names, tags and versions in one arena, folders interned, 24 bytes per object beside them.
//!
//! It holds what a listing said and decides nothing.

use holdfast_storage::{ETag, VersionId};

use crate::name::{self, LINK_SUFFIX};

/// The destination itself.
pub(crate) const ROOT: u32 = 0;

/// Objects below a prefix, by number.
#[derive(Debug)]
pub(crate) struct Items {
    items: Vec<Item>,
    folders: Vec<Folder>,
    arena: Vec<u8>,
    open: Vec<u32>,
}

#[derive(Debug, Clone, Copy)]
struct Item {
    at: u64,
    size: u64,
    folder: u32,
    name_len: u16,
    tag_len: u8,
    version_len: u8,
}

/// What is known of an object beside its name.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Facts<'a> {
    pub size: u64,
    pub etag: Option<&'a ETag>,
    /// The version to bring back; at most [`LONGEST_VERSION`] bytes.
    pub version: Option<&'a VersionId>,
}

/// The longest version id that can be kept, bytes. Providers use 30 to 130.
pub(crate) const LONGEST_VERSION: usize = 255;

#[derive(Debug, Clone, Copy)]
struct Folder {
    at: u64,
    parent: u32,
    name_len: u16,
    used: bool,
    marker: bool,
}

impl Items {
    pub(crate) fn new() -> Self {
        let root = Folder { at: 0, parent: ROOT, name_len: 0, used: true, marker: false };
        Self { items: Vec::new(), folders: vec![root], arena: Vec::new(), open: Vec::new() }
    }

    pub(crate) fn len(&self) -> u32 {
        self.items.len() as u32
    }

    pub(crate) fn folder_count(&self) -> u32 {
        self.folders.len() as u32
    }

    /// Adds an object in `folder`; `name` has at most 1,024 bytes, as keys have.
    pub(crate) fn push(&mut self, folder: u32, name: &str, facts: Facts<'_>) {
        let at = self.arena.len() as u64;
        self.arena.extend_from_slice(name.as_bytes());
        let before = self.arena.len();
        if let Some(etag) = facts.etag {
            pack_tag(etag.as_str(), &mut self.arena);
        }
        let tag_len = (self.arena.len() - before) as u8;
        let version = facts.version.map(|version| version.0.as_bytes()).unwrap_or_default();
        self.arena.extend_from_slice(version);
        let (name_len, version_len) = (name.len() as u16, version.len() as u8);
        self.items.push(Item { at, size: facts.size, folder, name_len, tag_len, version_len });
        self.mark_used(folder);
    }

    /// Makes sure that `folder` is made even when nothing is in it.
    pub(crate) fn mark_folder(&mut self, folder: u32) {
        self.folders[folder as usize].marker = true;
        self.mark_used(folder);
    }

    fn mark_used(&mut self, mut folder: u32) {
        while !self.folders[folder as usize].used {
            self.folders[folder as usize].used = true;
            folder = self.folders[folder as usize].parent;
        }
    }

    /// The folder of this path in key form, interned while paths come in order.
    pub(crate) fn intern(&mut self, dir: &str) -> u32 {
        if dir.is_empty() {
            self.open.clear();
            return ROOT;
        }
        let (mut id, mut depth) = (ROOT, 0);
        for part in dir.split('/') {
            match self.open.get(depth) {
                Some(known) if self.folder_name(*known) == part => id = *known,
                _ => {
                    self.open.truncate(depth);
                    id = self.add_folder(id, part);
                    self.open.push(id);
                }
            }
            depth += 1;
        }
        self.open.truncate(depth);
        id
    }

    fn add_folder(&mut self, parent: u32, name: &str) -> u32 {
        let at = self.arena.len() as u64;
        self.arena.extend_from_slice(name.as_bytes());
        self.folders.push(Folder { at, parent, name_len: name.len() as u16, used: false, marker: false });
        self.folders.len() as u32 - 1
    }

    fn text(&self, at: u64, len: u16) -> &str {
        let at = at as usize;
        std::str::from_utf8(&self.arena[at..at + usize::from(len)]).unwrap_or_default()
    }

    pub(crate) fn folder_name(&self, folder: u32) -> &str {
        let folder = self.folders[folder as usize];
        self.text(folder.at, folder.name_len)
    }

    /// The folder that holds a folder; the root's is itself.
    pub(crate) fn parent(&self, folder: u32) -> u32 {
        self.folders[folder as usize].parent
    }

    /// Whether anything is to be in this folder.
    pub(crate) fn is_used(&self, folder: u32) -> bool {
        self.folders[folder as usize].used
    }

    /// Folders that are objects of their own.
    pub(crate) fn marked_folders(&self) -> impl Iterator<Item = u32> {
        (0..self.folder_count()).filter(|folder| self.folders[*folder as usize].marker)
    }

    /// Path of a folder in key form, without a trailing slash.
    pub(crate) fn folder_path(&self, folder: u32) -> String {
        let mut path = String::new();
        self.write_folder(folder, &mut path);
        path
    }

    fn write_folder(&self, folder: u32, path: &mut String) {
        if folder == ROOT {
            return;
        }
        self.write_folder(self.parent(folder), path);
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(self.folder_name(folder));
    }

    pub(crate) fn folder(&self, item: u32) -> u32 {
        self.items[item as usize].folder
    }

    pub(crate) fn size(&self, item: u32) -> u64 {
        self.items[item as usize].size
    }

    /// Name as the key has it.
    pub(crate) fn name(&self, item: u32) -> &str {
        let item = self.items[item as usize];
        self.text(item.at, item.name_len)
    }

    /// Whether the object is a symbolic link.
    pub(crate) fn is_link(&self, item: u32) -> bool {
        self.name(item).ends_with(LINK_SUFFIX)
    }

    /// Name of the file here, in key form: without the suffix of links.
    pub(crate) fn local_name(&self, item: u32) -> &str {
        local_name(self.name(item))
    }

    /// Relative path as the key has it.
    pub(crate) fn path(&self, item: u32) -> String {
        self.path_with(item, self.name(item))
    }

    /// Relative path here, in key form.
    pub(crate) fn local_path(&self, item: u32) -> String {
        self.path_with(item, self.local_name(item))
    }

    /// Another name beside an item.
    pub(crate) fn path_with(&self, item: u32, name: &str) -> String {
        let mut path = self.folder_path(self.folder(item));
        if !path.is_empty() {
            path.push('/');
        }
        path.push_str(name);
        path
    }

    pub(crate) fn etag(&self, item: u32) -> Option<ETag> {
        let item = self.items[item as usize];
        let at = item.at as usize + usize::from(item.name_len);
        unpack_tag(&self.arena[at..at + usize::from(item.tag_len)])
    }

    /// The version to bring back; `None` for the newest.
    pub(crate) fn version(&self, item: u32) -> Option<VersionId> {
        let item = self.items[item as usize];
        let at = item.at + u64::from(item.name_len) + u64::from(item.tag_len);
        (item.version_len > 0).then(|| VersionId(self.text(at, u16::from(item.version_len)).to_owned()))
    }
}

/// A key's name without the suffix of links.
pub(crate) fn local_name(name: &str) -> &str {
    name.strip_suffix(LINK_SUFFIX).unwrap_or(name)
}

/// The one spelling of a name: two quotings of the same bytes are the same file.
pub(crate) fn canonical(name: &str) -> std::borrow::Cow<'_, str> {
    match name.contains('\u{201b}') {
        true => name::encode(&name::decode(name)).into(),
        false => name.into(),
    }
}

const TEXT: u8 = 0;
const DIGEST: u8 = 1;

/// A tag of 32 lower-case hex digits takes 17 bytes, and two more for `-parts`; any other its length and one.
/// One that is too long to keep is left out: the object is then pinned by its first answer.
fn pack_tag(tag: &str, out: &mut Vec<u8>) {
    let mut digest = [0; 16];
    let (hex_part, parts) = tag.split_once('-').map_or((tag, None), |(hex, parts)| (hex, Some(parts)));
    let parts: Option<Option<u16>> = parts.map(|p| p.parse().ok().filter(|n: &u16| n.to_string() == p));
    let lower = !hex_part.bytes().any(|b| b.is_ascii_uppercase());
    let is_digest = lower && hex_part.len() == 32 && hex::decode_to_slice(hex_part, &mut digest).is_ok();
    match parts {
        None | Some(Some(_)) if is_digest => {
            out.push(DIGEST);
            out.extend_from_slice(&digest);
            if let Some(Some(parts)) = parts {
                out.extend_from_slice(&parts.to_le_bytes());
            }
        }
        _ if tag.len() < 255 => {
            out.push(TEXT);
            out.extend_from_slice(tag.as_bytes());
        }
        _ => {}
    }
}

fn unpack_tag(packed: &[u8]) -> Option<ETag> {
    let (kind, rest) = packed.split_first()?;
    match (*kind, rest) {
        (DIGEST, [digest @ .., low, high]) if digest.len() == 16 => {
            Some(ETag::new(format!("{}-{}", hex::encode(digest), u16::from_le_bytes([*low, *high]))))
        }
        (DIGEST, digest) => Some(ETag::new(hex::encode(digest))),
        (_, text) => Some(ETag::new(std::str::from_utf8(text).ok()?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_back_whatever_their_form() {
        let md5 = "d41d8cd98f00b204e9800998ecf8427e";
        for tag in [
            md5,
            &format!("{md5}-12"),
            &format!("{md5}-012"),
            &md5.to_uppercase(),
            "x",
            "W/abc",
            &format!("{md5}-70000"),
        ] {
            let mut packed = Vec::new();
            pack_tag(tag, &mut packed);
            assert_eq!(unpack_tag(&packed).unwrap().as_str(), tag);
        }
        let mut packed = Vec::new();
        pack_tag(&"y".repeat(300), &mut packed);
        assert_eq!(unpack_tag(&packed), None);
    }

    #[test]
    fn paths_come_back_and_folders_are_kept_once() {
        let mut items = Items::new();
        let paths = ["a", "b/c", "b/d/e", "b/d/f", "b/z", "b-/y", "é/ü.rclonelink"];
        for path in paths {
            let (dir, name) = crate::index::split_path(path);
            let folder = items.intern(dir);
            let (etag, version) = (ETag::new("tag"), VersionId(format!("version of {path}")));
            items.push(folder, name, Facts { size: 7, etag: Some(&etag), version: Some(&version) });
        }
        let back: Vec<_> = (0..items.len()).map(|i| items.path(i)).collect();
        assert_eq!(back, paths);
        assert_eq!(items.folder_count(), 5);
        assert_eq!(items.local_path(6), "é/ü");
        assert_eq!(items.version(3), Some(VersionId("version of b/d/f".into())));
        assert_eq!(items.etag(3), Some(ETag::new("tag")));
        let folder = items.intern("");
        items.push(folder, "newest", Facts::default());
        assert_eq!((items.version(7), items.etag(7)), (None, None));
        assert!(size_of::<Item>() <= 24);
    }
}
