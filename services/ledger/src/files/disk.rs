//! The folders of the store: what lies where, and what is done so that it still lies there after a power cut.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use super::error::{FileError, Refusal};
use super::name::FileName;

/// Most uploads of one subject that are begun and not finished: each is up to a whole file on disk for a day.
const MOST_BEGUN: usize = 20;

/// How often a file may be renamed or removed by others while it is being claimed.
const CLAIMS: usize = 8;

/// The folders of one store.
#[derive(Debug)]
pub(super) struct Disk {
    /// Uploads that are not finished, side by side.
    uploads: PathBuf,
    /// What was finished, in folders by the end of its id, so that none gets too full.
    kept: PathBuf,
}

/// A file that somebody wants to upload.
#[derive(Debug)]
pub(super) enum Claim {
    /// It is there already.
    Kept(File),
    /// Its upload, new or begun before; nobody else works on it as long as this is open.
    Upload(File),
}

impl Disk {
    /// Opens the folders, making them where there are none.
    pub(super) fn open(folder: &Path) -> Result<Self, FileError> {
        let disk = Disk { uploads: folder.join("uploads"), kept: folder.join("kept") };
        for made in [folder, &disk.uploads, &disk.kept] {
            make(made).map_err(FileError::during("opening the folders of files"))?;
        }
        Ok(disk)
    }

    /// Takes an upload for oneself.
    pub(super) fn claim(&self, name: &FileName) -> Result<Claim, FileError> {
        let doing = FileError::during("claiming an upload");
        for _ in 0..CLAIMS {
            if let Some(kept) = self.kept(name)? {
                return Ok(Claim::Kept(kept));
            }
            if !self.upload_path(name).exists() {
                let begun = self.all_uploads()?;
                let of_it = begun.iter().filter(|begun| begun.subject() == name.subject());
                if of_it.count() >= MOST_BEGUN {
                    return Err(Refusal::TooManyBegun.into());
                }
            }
            let Some(upload) = self.lock(name, true)? else { continue };
            // Between the look and the lock it may have been finished.
            if self.kept_path(name).exists() {
                std::fs::remove_file(self.upload_path(name)).map_err(&doing)?;
                continue;
            }
            sync(&self.uploads).map_err(&doing)?;
            return Ok(Claim::Upload(upload));
        }
        Err(FileError::Busy)
    }

    /// Takes an upload that is there already, if it is.
    pub(super) fn claim_begun(&self, name: &FileName) -> Result<Option<File>, FileError> {
        self.lock(name, false)
    }

    /// Opens and locks an upload; nothing when it is not there, or not any more.
    fn lock(&self, name: &FileName, create: bool) -> Result<Option<File>, FileError> {
        let doing = FileError::during("claiming an upload");
        let path = self.upload_path(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(create).mode(0o600);
        let file = match options.open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound && !create => return Ok(None),
            Err(error) => return Err(doing(error)),
        };
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(FileError::Busy),
            Err(TryLockError::Error(error)) => return Err(doing(error)),
        }
        // The lock is on what was opened: whoever held it before may have renamed or removed that.
        Ok(is_at(&file, &path).map_err(doing)?.then_some(file))
    }

    /// Opens a finished file.
    pub(super) fn kept(&self, name: &FileName) -> Result<Option<File>, FileError> {
        match File::open(self.kept_path(name)) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FileError::during("opening a file")(error)),
        }
    }

    /// Moves a finished upload, whose bytes are durable, to where it is kept.
    pub(super) fn keep(&self, name: &FileName) -> Result<(), FileError> {
        let path = self.kept_path(name);
        let folder = path.parent().unwrap_or(&self.kept);
        let moved = || {
            make(folder)?;
            std::fs::rename(self.upload_path(name), &path)?;
            sync(folder)?;
            // Another upload may have made the folder a moment ago.
            sync(&self.kept)?;
            sync(&self.uploads)
        };
        moved().map_err(FileError::during("keeping a file"))
    }

    /// Removes an upload; only who claimed it may.
    pub(super) fn remove_upload(&self, name: &FileName) -> Result<bool, FileError> {
        remove(&self.upload_path(name))
    }

    /// Removes a finished file.
    pub(super) fn remove_kept(&self, name: &FileName) -> Result<bool, FileError> {
        remove(&self.kept_path(name))
    }

    /// Names of the uploads that were begun and not finished.
    pub(super) fn all_uploads(&self) -> Result<Vec<FileName>, FileError> {
        let listed = entries(&self.uploads).map_err(FileError::during("listing uploads"))?;
        Ok(listed.iter().filter_map(|stem| FileName::from_stem(stem)).collect())
    }

    /// Names of the files that were finished.
    pub(super) fn all_kept(&self) -> Result<Vec<FileName>, FileError> {
        let listed = || {
            let mut names = Vec::new();
            for folder in entries(&self.kept)? {
                let stems = entries(&self.kept.join(folder))?;
                names.extend(stems.iter().filter_map(|stem| FileName::from_stem(stem)));
            }
            Ok(names)
        };
        listed().map_err(FileError::during("listing files"))
    }

    pub(super) fn upload_path(&self, name: &FileName) -> PathBuf {
        self.uploads.join(name.stem())
    }

    pub(super) fn kept_path(&self, name: &FileName) -> PathBuf {
        let stem = name.stem();
        self.kept.join(&stem[stem.len() - 2..]).join(stem)
    }
}

/// Makes a folder of the owner's only, durably; it may be there.
fn make(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() || folder.is_dir() {
        return Ok(());
    }
    if let Some(parent) = folder.parent() {
        make(parent)?;
    }
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    folder.parent().map_or(Ok(()), sync)
}

/// Makes the names in a folder durable.
fn sync(folder: &Path) -> io::Result<()> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder)?.sync_all()
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    let opened = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((there.dev(), there.ino()) == (opened.dev(), opened.ino())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes a file for good; says whether it was there.
fn remove(path: &Path) -> Result<bool, FileError> {
    let removed = || match std::fs::remove_file(path) {
        Ok(()) => path.parent().map_or(Ok(()), sync).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    };
    removed().map_err(FileError::during("removing a file"))
}

/// Names of what lies in a folder, as far as they are text.
fn entries(folder: &Path) -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        names.extend(entry?.file_name().into_string());
    }
    Ok(names)
}
