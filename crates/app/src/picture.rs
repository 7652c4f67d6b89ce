//! What a picture's first bytes say of it: which kind it is, and how large. A browser is asked to decode it only after that, because a small
//! file may be a picture that takes gigabytes.

/// So many bytes are enough to see that: pictures of cameras have a small picture of themselves before their size.
pub(crate) const HEAD: usize = 256 * 1024;

/// Pixels of a picture that is decoded, at most.
const MOST_PIXELS: u64 = 36_000_000;

/// The longer side by the shorter one, at most.
const MOST_LONG: u64 = 8;

/// A picture made of pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Picture {
    /// Its media type.
    pub(crate) media_type: &'static str,
    /// In pixels, as it is stored: what it says about how it is to be turned is not heeded.
    pub(crate) width: u32,
    /// See `width`.
    pub(crate) height: u32,
}

impl Picture {
    /// Reads what begins with these bytes. `None` where that is no PNG, JPEG or WebP. Drawings in SVG are none of
    /// them. A GIF's frames may be larger than its screen, and an AVIF has many places for a size: what a browser would decode of those
    /// cannot be told here.
    pub(crate) fn of(head: &[u8]) -> Option<Self> {
        let kinds: [(&'static str, Size); 3] = [("image/png", png), ("image/jpeg", jpeg), ("image/webp", webp)];
        let mut found = kinds.into_iter().filter_map(|(media_type, size)| {
            let (width, height) = size(head)?;
            Some(Self {
                media_type,
                width,
                height,
            })
        });
        found.next()
    }

    /// Whether a browser may decode it, for a small picture.
    pub(crate) fn is_harmless(&self) -> bool {
        let [width, height] = [self.width, self.height].map(u64::from);
        let (long, short) = (width.max(height), width.min(height));
        short > 0 && long <= short * MOST_LONG && width * height <= MOST_PIXELS
    }
}

/// Reads width and height of one kind of picture.
type Size = fn(&[u8]) -> Option<(u32, u32)>;

/// Bytes from there on, as many as are asked for.
fn bytes<const N: usize>(head: &[u8], at: usize) -> Option<[u8; N]> {
    head.get(at..)?.first_chunk().copied()
}

fn u16_be(head: &[u8], at: usize) -> Option<u32> {
    bytes(head, at).map(u16::from_be_bytes).map(u32::from)
}

fn u16_le(head: &[u8], at: usize) -> Option<u32> {
    bytes(head, at).map(u16::from_le_bytes).map(u32::from)
}

fn u32_be(head: &[u8], at: usize) -> Option<u32> {
    bytes(head, at).map(u32::from_be_bytes)
}

/// W3C PNG section 11.2.1: IHDR comes first.
fn png(head: &[u8]) -> Option<(u32, u32)> {
    let is_png = head.starts_with(b"\x89PNG\r\n\x1a\n") && bytes(head, 12) == Some(*b"IHDR");
    is_png.then_some(())?;
    Some((u32_be(head, 16)?, u32_be(head, 20)?))
}

/// ITU-T T.81 section B: segments up to the frame header.
fn jpeg(head: &[u8]) -> Option<(u32, u32)> {
    head.starts_with(&[0xff, 0xd8, 0xff]).then_some(())?;
    let mut at = 2;
    loop {
        let [marker, kind] = bytes(head, at)?;
        if marker != 0xff {
            return None;
        }
        match kind {
            // A fill byte, and markers without a segment.
            0xff => at += 1,
            0x01 | 0xd0..=0xd7 => at += 2,
            // Frame headers, of which three numbers are something else.
            0xc0..=0xcf if !matches!(kind, 0xc4 | 0xc8 | 0xcc) => {
                return Some((u16_be(head, at + 7)?, u16_be(head, at + 5)?));
            }
            // The picture itself begins, or ends, without one.
            0xd8..=0xda => return None,
            _ => at += 2 + u16_be(head, at + 2)? as usize,
        }
    }
}

/// RFC 9649 section 2: the first chunk is one of three.
fn webp(head: &[u8]) -> Option<(u32, u32)> {
    (head.starts_with(b"RIFF") && bytes(head, 8) == Some(*b"WEBP")).then_some(())?;
    match &bytes::<4>(head, 12)? {
        b"VP8X" => {
            let [a, b, c, d, e, f] = bytes(head, 24)?;
            Some((
                u32::from_le_bytes([a, b, c, 0]) + 1,
                u32::from_le_bytes([d, e, f, 0]) + 1,
            ))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(bytes(head, 21)?);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8 " => Some((u16_le(head, 26)? & 0x3fff, u16_le(head, 28)? & 0x3fff)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(head: &[u8]) -> Option<(&'static str, u32, u32)> {
        Picture::of(head).map(|picture| (picture.media_type, picture.width, picture.height))
    }

    fn png_of(width: u32, height: u32) -> Vec<u8> {
        [
            &b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..],
            &width.to_be_bytes(),
            &height.to_be_bytes(),
        ]
        .concat()
    }

    fn picture(width: u32, height: u32) -> Picture {
        Picture::of(&png_of(width, height)).expect("a picture")
    }

    #[test]
    fn the_size_of_each_kind_is_read() {
        assert_eq!(size(&png_of(640, 480)), Some(("image/png", 640, 480)));
        let webp = |chunk: &[u8]| [&b"RIFF\0\0\0\0WEBP"[..], chunk].concat();
        let extended = webp(b"VP8X\x0a\0\0\0\0\0\0\0\x7f\x02\0\xdf\x01\0");
        assert_eq!(size(&extended), Some(("image/webp", 640, 480)));
        let bits: u32 = 639 | 479 << 14;
        let lossless = webp(&[&b"VP8L\0\0\0\0\x2f"[..], &bits.to_le_bytes()].concat());
        assert_eq!(size(&lossless), Some(("image/webp", 640, 480)));
        let lossy = webp(b"VP8 \0\0\0\0\0\0\0\x9d\x01\x2a\x80\x02\xe0\x01");
        assert_eq!(size(&lossy), Some(("image/webp", 640, 480)));
    }

    #[test]
    fn a_jpeg_tells_its_size_behind_other_segments() {
        let frame = b"\xff\xc2\0\x11\x08\x01\xe0\x02\x80\x03";
        let other = [&b"\xff\xe1\xff\xff"[..], &[0xff; 0xfffd]].concat();
        let jpeg = [&b"\xff\xd8"[..], &other, b"\xff\xff\xdb\0\x03\0", frame].concat();
        assert_eq!(size(&jpeg), Some(("image/jpeg", 640, 480)));
        // The tables of Huffman codes are no frame.
        assert_eq!(size(b"\xff\xd8\xff\xc4\0\x11\x08\x01\xe0\x02\x80\x03"), None);
        assert_eq!(size(b"\xff\xd8\xff\xda\0\x02"), None);
    }

    #[test]
    fn what_is_made_of_lines_or_cut_off_or_hides_its_size_is_no_picture() {
        for head in [
            &b"<svg xmlns='http://www.w3.org/2000/svg'/>"[..],
            b"<?xml version='1.0'?><svg/>",
            b"%PDF-1.7",
            b"",
            b"BM",
            b"GIF89a\x0a\0\x0a\0\0\0\0",
            b"\0\0\0\x1cftypavif\0\0\0\0ispe\0\0\0\0\0\0\0\x08\0\0\0\x08",
        ] {
            assert_eq!(size(head), None);
        }
        let whole = png_of(640, 480);
        for end in 0..whole.len() {
            assert_eq!(size(&whole[..end]), None);
        }
    }

    #[test]
    fn what_would_take_much_to_decode_is_not() {
        for (width, height) in [(1, 1), (6_000, 6_000), (8_000, 1_000), (1_000, 8_000), (320, 200)] {
            assert!(picture(width, height).is_harmless(), "{width} {height}");
        }
        for (width, height) in [
            (0, 0),
            (0, 5),
            (6_001, 6_000),
            (60_000, 60_000),
            (8_001, 1_000),
            (1, 9),
            (u32::MAX, u32::MAX),
        ] {
            assert!(!picture(width, height).is_harmless(), "{width} {height}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let mut seed = 7_u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        };
        let beginnings: [&[u8]; 4] = [
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
            b"\xff\xd8\xff",
            b"RIFF\0\0\0\0WEBPVP8X",
            b"",
        ];
        for round in 0..20_000 {
            let mut head = beginnings[round % beginnings.len()].to_vec();
            head.extend((0..round % 97).map(|_| next()));
            let _ = Picture::of(&head).map(|picture| picture.is_harmless());
        }
    }
}
