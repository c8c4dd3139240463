//! The chunks of an IFF file: four characters, a length, so many bytes, and one more to an even number.
//!
//! Lengths are hints: a chunk that is longer than the file ends with it, as the files of programs do
//! that wrote to a pipe or were cut off.

/// The order of the bytes of a length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ByteOrder {
    /// RIFF.
    Little,
    /// FORM.
    Big,
}

/// Bytes of the outer header: mark, length, form.
const HEADER_BYTES: usize = 12;

/// Walks over the chunks of a file, behind its outer header.
#[derive(Debug)]
pub(super) struct Chunks<'a> {
    rest: &'a [u8],
    order: ByteOrder,
}

/// One chunk, as much of it as there is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chunk<'a> {
    pub id: [u8; 4],
    pub body: &'a [u8],
    /// All that comes behind its header, whatever its length says.
    pub to_end: &'a [u8],
    /// The length that it states.
    pub length: u32,
}

impl<'a> Chunks<'a> {
    pub fn new(file: &'a [u8], order: ByteOrder) -> Self {
        Self { rest: file.get(HEADER_BYTES..).unwrap_or_default(), order }
    }
}

impl<'a> Iterator for Chunks<'a> {
    type Item = Chunk<'a>;

    fn next(&mut self) -> Option<Chunk<'a>> {
        let (id, behind) = self.rest.split_first_chunk::<4>()?;
        let (length, to_end) = behind.split_first_chunk::<4>()?;
        let length = match self.order {
            ByteOrder::Little => u32::from_le_bytes(*length),
            ByteOrder::Big => u32::from_be_bytes(*length),
        };
        let inside = (length as usize).min(to_end.len());
        self.rest = to_end.get(inside + inside % 2..).unwrap_or_default();
        Some(Chunk { id: *id, body: &to_end[..inside], to_end, length })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_chunks_are_padded_and_long_ones_end_with_the_file() {
        let file = b"RIFF\0\0\0\0WAVEfmt \x03\0\0\0abc\0data\xff\xff\xff\xffxyz";
        let chunks: Vec<Chunk> = Chunks::new(file, ByteOrder::Little).collect();
        assert_eq!(chunks.len(), 2);
        assert_eq!((chunks[0].id, chunks[0].body), (*b"fmt ", &b"abc"[..]));
        assert_eq!((chunks[1].body, chunks[1].length), (&b"xyz"[..], u32::MAX));
    }

    #[test]
    fn half_a_header_is_no_chunk() {
        assert_eq!(Chunks::new(b"FORM\0\0", ByteOrder::Big).next(), None);
        assert_eq!(Chunks::new(b"FORM\0\0\0\0AIFFCOMM\0\0", ByteOrder::Big).next(), None);
    }
}
