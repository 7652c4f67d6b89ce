//! The fields of a message in postcard, read so that fields can be added at the end.

use postcard::Deserializer;
use postcard::de_flavors::Flavor;
use serde::{Deserialize, Serialize};

/// Most zeros that are read behind the end of a message: more than fields will ever be added to one. It ends a list that says it has
/// more entries than bytes came.
const ZEROS: u8 = 64;

/// Appends the fields of a message to a buffer.
///
/// # Panics
/// When a type cannot be written in postcard, such as a map or a list of unknown length. Types of messages have none.
#[must_use]
pub fn write_fields<T: Serialize>(fields: &T, buffer: Vec<u8>) -> Vec<u8> {
    postcard::to_extend(fields, buffer).expect("messages hold nothing that postcard cannot write")
}

/// Reads the fields of a message. Bytes behind them are ignored, and fields that are missing at the end are zeros: numbers 0, `false`,
/// empty texts and lists. `None` when the bytes are no such fields.
#[must_use]
pub fn read_fields<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Option<T> {
    let source = ZerosAtTheEnd { bytes, zeros: ZEROS };
    T::deserialize(&mut Deserializer::from_flavor(source)).ok()
}

/// Bytes, and then some zeros.
struct ZerosAtTheEnd<'de> {
    bytes: &'de [u8],
    zeros: u8,
}

impl<'de> Flavor<'de> for ZerosAtTheEnd<'de> {
    type Remainder = ();
    type Source = &'de [u8];

    fn pop(&mut self) -> postcard::Result<u8> {
        if let Some((first, rest)) = self.bytes.split_first() {
            self.bytes = rest;
            return Ok(*first);
        }
        self.zeros = self
            .zeros
            .checked_sub(1)
            .ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        Ok(0)
    }

    /// What a list may ask to have room for at once: no more than bytes are there.
    fn size_hint(&self) -> Option<usize> {
        Some(self.bytes.len())
    }

    fn try_take_n(&mut self, count: usize) -> postcard::Result<&'de [u8]> {
        let (taken, rest) = self
            .bytes
            .split_at_checked(count)
            .ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Later {
        number: u64,
        text: String,
        list: Vec<u32>,
        more: Option<bool>,
    }

    #[test]
    fn what_is_missing_at_the_end_is_zero() {
        let later = |number, text: &str| Later {
            number,
            text: text.into(),
            list: Vec::new(),
            more: None,
        };
        assert_eq!(read_fields(&[]), Some(later(0, "")));
        assert_eq!(read_fields(&[7]), Some(later(7, "")));
        assert_eq!(read_fields(&[7, 2, b'h', b'i']), Some(later(7, "hi")));
    }

    #[test]
    fn a_text_that_is_cut_is_refused() {
        assert_eq!(read_fields::<Later>(&[7, 3, b'h', b'i']), None);
    }

    #[test]
    fn bytes_behind_the_fields_are_ignored() {
        let whole = write_fields(&(7u64, true), Vec::new());
        assert_eq!(
            read_fields::<(u64, bool)>(&[&whole[..], b"more"].concat()),
            Some((7, true))
        );
    }

    #[test]
    fn a_list_of_two_to_the_60_ends_where_the_zeros_end() {
        let length = write_fields(&(1u64 << 60), Vec::new());
        assert_eq!(read_fields::<Vec<u8>>(&length), None);
        assert_eq!(read_fields::<Vec<u64>>(&length), None);
        assert_eq!(read_fields::<String>(&length), None);
    }
}
