//! The store of files: whole or not at all, whatever is cut, killed or changed.

mod desk;
mod killed;
mod resuming;
mod sweeping;
mod tampering;
mod uploading;
