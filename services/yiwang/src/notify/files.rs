//! Notices as files in a folder, one for each: whatever sends letters or fills a form takes them from there.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use super::carrier::Verdict;
use super::message::Message;
use super::state::replace;
use crate::failure::Failure;

/// A folder.
#[derive(Debug, Clone)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder if there is none; only who runs this program reads what is in it.
    pub(super) fn open(path: PathBuf) -> Result<Folder, Failure> {
        let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&path);
        made.map_err(|error| {
            let en = format!("the folder {} cannot be made: {error}", path.display());
            Failure::wrong(en, "无法创建目录")
        })?;
        Ok(Folder(path))
    }

    /// Writes a notice durably, whole or not at all. The name comes from the event, so a repetition overwrites the same file.
    pub(super) fn put(&self, message: &Message) -> Verdict {
        let path = self.0.join(format!("{}.json", message.event_id));
        match replace(&path, &message.body) {
            Ok(()) => Verdict::Taken,
            Err(error) => Verdict::Later {
                why: format!("the file cannot be written: {}", error.kind()),
                after: None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn message(body: &str) -> Message {
        let (event_id, label) = ("e-1".to_owned(), String::new());
        Message { event_id, label, body: body.as_bytes().to_vec(), unreached: 0 }
    }

    #[test]
    fn the_same_notice_is_the_same_file() {
        let room = tempfile::tempdir().unwrap();
        let path = room.path().join("a/b");
        let folder = Folder::open(path.clone()).unwrap();
        for body in ["first", "second"] {
            assert_eq!(folder.put(&message(body)), Verdict::Taken);
        }
        let names: Vec<_> =
            std::fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["e-1.json"]);
        assert_eq!(std::fs::read_to_string(path.join("e-1.json")).unwrap(), "second");
        let mode = |path: &PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(&path.join("e-1.json"))), (0o700, 0o600));
    }

    #[test]
    fn a_folder_that_went_away_is_tried_again() {
        let room = tempfile::tempdir().unwrap();
        let folder = Folder::open(room.path().join("a")).unwrap();
        std::fs::remove_dir(room.path().join("a")).unwrap();
        assert!(matches!(folder.put(&message("x")), Verdict::Later { after: None, .. }));
    }
}
