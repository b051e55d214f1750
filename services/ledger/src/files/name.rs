//! What a file is called: by the subject that it belongs to and an id, never by what people called it.

use uuid::Uuid;

use super::error::FileError;

/// Longest subject, so that a file system takes the name that is made of it.
const LONGEST_SUBJECT: usize = 160;

/// Name of a file: its subject (`dispute/<uuid>`) and its id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileName {
    subject: String,
    file_id: Uuid,
}

impl FileName {
    /// Names a file of `subject`: words of letters, digits, `-` and `_`, joined by `/`.
    pub fn try_new(subject: impl Into<String>, file_id: Uuid) -> Result<Self, FileError> {
        let subject = subject.into();
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        let is_word = |word: &str| !word.is_empty() && word.chars().all(is_plain);
        if subject.len() > LONGEST_SUBJECT || !subject.split('/').all(is_word) {
            return Err(FileError::Name(subject));
        }
        Ok(FileName { subject, file_id })
    }

    /// The subject that it belongs to.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// Its id.
    pub fn file_id(&self) -> Uuid {
        self.file_id
    }

    /// Id of its key in the key store.
    pub fn sealed_id(&self) -> String {
        self.file_id.to_string()
    }

    /// Its name on disk. No subject has a dot, so no two files share one.
    pub(super) fn stem(&self) -> String {
        format!("{}.{}", self.subject.replace('/', "."), self.file_id)
    }

    /// The file that is called so on disk.
    pub(super) fn from_stem(stem: &str) -> Option<Self> {
        let (subject, file_id) = stem.rsplit_once('.')?;
        let name = FileName::try_new(subject.replace('.', "/"), file_id.parse().ok()?).ok()?;
        (name.stem() == stem).then_some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_on_disk_is_one_file_and_stays_in_its_folder() {
        let name = FileName::try_new("dispute/0197-a_b", Uuid::nil()).unwrap();
        assert_eq!(name.stem(), "dispute.0197-a_b.00000000-0000-0000-0000-000000000000");
        assert_eq!(FileName::from_stem(&name.stem()), Some(name));
        for bad in ["", "/", "a//b", "../a", "a.b", "a b", "案件", &"a".repeat(161)] {
            assert!(FileName::try_new(bad, Uuid::nil()).is_err(), "{bad}");
        }
        for bad in ["lost+found", "a.b", ".00000000-0000-0000-0000-000000000000"] {
            assert_eq!(FileName::from_stem(bad), None, "{bad}");
        }
    }
}
