//! What postcard reads from: past the end it reads zeros.

use postcard::de_flavors::Flavor;

/// Zeros that a message may be short of. A list whose length is a lie ends here.
const SHORT_OF: usize = 64;

/// The bytes of a message, and zeros behind them. So a message of an older version has `None`, empty texts and lists, 0 and
/// `false` in all fields that were appended since.
pub(crate) struct ZerosPastTheEnd<'de> {
    rest: &'de [u8],
    zeros: usize,
}

impl<'de> ZerosPastTheEnd<'de> {
    pub(crate) fn new(bytes: &'de [u8]) -> Self {
        Self {
            rest: bytes,
            zeros: SHORT_OF,
        }
    }
}

impl<'de> Flavor<'de> for ZerosPastTheEnd<'de> {
    /// What follows the message: fields of a newer version.
    type Remainder = &'de [u8];
    type Source = &'de [u8];

    fn pop(&mut self) -> postcard::Result<u8> {
        if let Some((&first, rest)) = self.rest.split_first() {
            self.rest = rest;
            return Ok(first);
        }
        let zeros = self.zeros.checked_sub(1);
        self.zeros = zeros.ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        Ok(0)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.rest.len())
    }

    /// Texts are not filled up: one that is shorter than it says was cut.
    fn try_take_n(&mut self, count: usize) -> postcard::Result<&'de [u8]> {
        let split = self.rest.split_at_checked(count);
        let (taken, rest) = split.ok_or(postcard::Error::DeserializeUnexpectedEnd)?;
        self.rest = rest;
        Ok(taken)
    }

    fn finalize(self) -> postcard::Result<&'de [u8]> {
        Ok(self.rest)
    }
}
