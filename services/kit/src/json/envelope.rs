//! The five bytes before a message: flags and length. gRPC and Connect streams share them.

use bytes::{Buf as _, BufMut as _, Bytes, BytesMut};

/// The length of what stands before a message.
pub(super) const HEAD: usize = 5;
/// The flag of the last envelope of a Connect stream.
pub(super) const END_OF_STREAM: u8 = 2;

/// Puts a message into an envelope.
pub(super) fn seal(flags: u8, message: &[u8]) -> Bytes {
    let mut sealed = BytesMut::with_capacity(HEAD + message.len());
    sealed.put_u8(flags);
    // Messages are limited to far less than 4 GiB on their way in and out.
    sealed.put_u32(u32::try_from(message.len()).unwrap_or(u32::MAX));
    sealed.put_slice(message);
    sealed.freeze()
}

/// Takes the first whole message out of the buffer, if it is there, with its flags.
pub(super) fn open(buffer: &mut BytesMut) -> Option<(u8, Bytes)> {
    let head = buffer.first_chunk::<HEAD>()?;
    let (flags, length) = (head[0], length(head));
    if buffer.len() - HEAD < length {
        return None;
    }
    buffer.advance(HEAD);
    Some((flags, buffer.split_to(length).freeze()))
}

/// Reads the length of the message that follows.
pub(super) fn length(head: &[u8; HEAD]) -> usize {
    let [_, a, b, c, d] = *head;
    u32::from_be_bytes([a, b, c, d]) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_only_whole_messages() {
        let mut buffer = BytesMut::from(&seal(0, b"one")[..]);
        buffer.extend_from_slice(&seal(END_OF_STREAM, b"")[..4]);
        assert_eq!(open(&mut buffer), Some((0, Bytes::from_static(b"one"))));
        assert_eq!(open(&mut buffer), None);
        buffer.put_u8(0);
        assert_eq!(open(&mut buffer), Some((END_OF_STREAM, Bytes::new())));
        assert!(buffer.is_empty());
    }
}
