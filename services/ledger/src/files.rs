//! Files of a subject (a photo, a scan, a PDF of a case): sealed, and kept in a folder beside the database.
//!
//! ```text
//! begin ─► append, append, … ─► finish ─► commit (digest in the event, key beside it) ─► read
//!    └─ uploads/SUBJECT.ID         └─ kept/NN/SUBJECT.ID
//! ```
//!
//! **On disk** a file is a sealed header and chunks of 256 KiB, each sealed by AES-256-GCM with the file's own data key
//! and bound to subject, file, place, and whether it is the last one: what was cut off, exchanged, moved or changed is
//! found out, and no byte of a chunk is given before all of it is verified. Type, size, digest and salt are in the
//! header, so sealed, too. A file's name on disk is its subject and id: nothing that people called it. How long a file
//! is can be seen.
//!
//! **The key** lies in the service's key store from the beginning of the upload, under the subject, and nowhere else:
//! not even wrapped beside the upload, since an ordinary backup of the folder would then hold file and key together,
//! and no erasure would reach that copy. A key whose upload was never finished opens nothing that anybody knows of;
//! the sweep destroys it with the upload. A key is destroyed before its file is removed, and an upload's name is on
//! disk before its key is made, so that nothing is forgotten, wherever the process ends.
//!
//! **Resuming.** What [`Upload::append`] calls durable survives a crash. An upload is locked by whoever works on it
//! (others get [`FileError::Busy`]), belongs to its name, and goes on with [`FileStore::begin`], which opens every chunk
//! to find how far it is good. It has a day. A finished file can be begun and finished again, and gives the same answer.
//!
//! **Erasure** is that of all sealed details: an event names what is erased, the eraser destroys the keys, and
//! [`FileStore::sweep`] then removes the files. They are not overwritten: on most disks that promises nothing. What may
//! remain, in free blocks and in backups, is ciphertext without a key.
//!
//! **Where.** In `files/` beside a SQLite database ([`folder`]); with PostgreSQL a folder has to be configured. Replicas
//! of a service share one folder, on a file system that keeps `flock` between them. A folder for each of them is no
//! way out: a file would be found only where it was uploaded, and the sweep of one would destroy keys that another
//! needs. Backups of the folder and of the database belong together, and
//! neither holds keys.

mod disk;
mod download;
mod error;
mod layout;
mod media;
mod name;
mod sealed;
mod store;
mod upload;

pub use download::Download;
pub use error::{Damage, FileError, Refusal};
pub use media::{MediaType, UnknownMediaType};
pub use name::FileName;
pub use sealed::Declared;
pub use store::{FileStore, MAX_BYTES, UPLOAD_LIFETIME, folder};
pub use upload::{Finished, Upload};

#[cfg(test)]
mod tests;
