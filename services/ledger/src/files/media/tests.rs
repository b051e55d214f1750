use proptest::prelude::*;

use super::*;

fn judged(declared: MediaType, bytes: &[u8], piece: usize) -> Result<(), Option<MediaType>> {
    let mut inspector = Inspector::new(declared);
    bytes.chunks(piece).for_each(|piece| inspector.feed(piece));
    inspector.judge()
}

fn jpeg() -> Vec<u8> {
    let mut bytes = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0".to_vec();
    // A thumbnail's end inside a segment is not the end of the picture; two 0xFF before a marker are allowed.
    bytes.extend(b"\xFF\xE1\0\x06\xFF\xD9ab\xFF\xFF\xDB\0\x03q");
    bytes.extend(b"\xFF\xDA\0\x04ab\x12\xFF\0\x34\xFF\xD0\x56\xFF\xD9");
    bytes
}

fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, content) in [
        (b"IHDR", b"\0\0\0\x02\0\0\0\x03\x08\x02\0\0\0".as_slice()),
        (b"IDAT", &[7; 300]),
        (b"IEND", b""),
    ] {
        bytes.extend(u32::try_from(content.len()).unwrap().to_be_bytes());
        bytes.extend(name);
        bytes.extend(content);
        bytes.extend(b"sum!");
    }
    bytes
}

fn heic() -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec();
    bytes.extend(b"\0\0\0\x0cmeta1234");
    // A box with a long length.
    bytes.extend(b"\0\0\0\x01mdat\0\0\0\0\0\0\0\x14pixs");
    bytes
}

fn webp() -> Vec<u8> {
    b"RIFF\x10\0\0\0WEBPVP8L\x04\0\0\0abcd".to_vec()
}

fn tiff() -> Vec<u8> {
    b"II\x2a\0\x08\0\0\0\x01\0".to_vec()
}

fn pdf() -> Vec<u8> {
    b"%PDF-1.7\n1 0 obj\nendobj\nstartxref\n0\n%%EOF\n".to_vec()
}

fn good() -> Vec<(MediaType, Vec<u8>)> {
    vec![
        (MediaType::Jpeg, jpeg()),
        (MediaType::Png, png()),
        (MediaType::Heic, heic()),
        (MediaType::Webp, webp()),
        (MediaType::Tiff, tiff()),
        (MediaType::Pdf, pdf()),
    ]
}

#[test]
fn every_type_is_recognised_and_no_other_is_taken_for_it() {
    assert_eq!(good().len(), MediaType::ALL.len());
    for (media_type, bytes) in good() {
        for piece in 1..=bytes.len() {
            assert_eq!(judged(media_type, &bytes, piece), Ok(()), "{media_type} by {piece}");
        }
        for other in MediaType::ALL.into_iter().filter(|other| *other != media_type) {
            assert_eq!(judged(other, &bytes, 7), Err(Some(media_type)), "{other}");
        }
        assert_eq!(media_type.as_str().parse(), Ok(media_type));
        assert_eq!(MediaType::from_number(media_type.number()), Some(media_type));
    }
    assert!("text/html".parse::<MediaType>().is_err() && MediaType::from_number(0).is_none());
}

#[test]
fn what_was_cut_off_is_found_out() {
    for (media_type, bytes) in good() {
        // What the last line of a PDF ends with is its own affair.
        let ends = if media_type == MediaType::Pdf { bytes.len() - 1 } else { bytes.len() };
        for length in 0..ends {
            let cut = judged(media_type, &bytes[..length], 64);
            // Between two boxes nothing tells that another one was meant to follow.
            let between = media_type == MediaType::Heic && [24, 36].contains(&length);
            assert_eq!(cut.is_ok(), between, "{media_type} cut at {length}");
        }
    }
}

#[test]
fn what_is_not_of_its_type_is_refused() {
    let program = b"\x7fELF\x02\x01\x01".as_slice();
    let page = b"<html>%PDF-1.7 %%EOF</html>".as_slice();
    for media_type in MediaType::ALL {
        for bytes in [program, page, b"", &[0; 500], &[0xFF; 500]] {
            assert_eq!(judged(media_type, bytes, 5), Err(None), "{media_type}");
        }
    }
    let mut empty = png();
    empty[16..24].fill(0);
    assert_eq!(judged(MediaType::Png, &empty, 9), Err(Some(MediaType::Png)));
    let mut far = tiff();
    far[4..8].fill(0xFF);
    assert_eq!(judged(MediaType::Tiff, &far, 9), Err(Some(MediaType::Tiff)));
}

#[test]
fn a_photo_with_a_film_behind_it_is_a_photo() {
    let mut bytes = jpeg();
    bytes.extend([0_u8; 5000]);
    assert_eq!(judged(MediaType::Jpeg, &bytes, 100), Ok(()));
}

proptest! {
    #[test]
    fn nothing_breaks_the_inspector(
        start in 0_usize..6,
        keep in 0_usize..40,
        noise in prop::collection::vec(any::<u8>(), 0..400),
        piece in 1_usize..50,
    ) {
        let (media_type, bytes) = good().swap_remove(start);
        let mixed = [&bytes[..keep.min(bytes.len())], &noise].concat();
        let one = judged(media_type, &mixed, piece);
        prop_assert_eq!(one, judged(media_type, &mixed, 1000));
    }
}
