//! BYE: sources that leave (RFC 3550 §6.6). The reason is not read.

use super::{BYE, Printer, RtcpError};
use crate::units::Ssrc;

/// The sources that leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bye<'a> {
    sources: &'a [u8],
}

impl<'a> Bye<'a> {
    pub(super) fn parse(body: &'a [u8], count: usize) -> Result<Self, RtcpError> {
        Ok(Self { sources: body.get(..count * 4).ok_or(RtcpError::Truncated)? })
    }

    /// Each source that leaves; none in a useless but valid BYE.
    pub fn sources(self) -> impl Iterator<Item = Ssrc> + 'a {
        self.sources
            .chunks_exact(4)
            .map(|bytes| Ssrc::new(u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])))
    }
}

/// Print a BYE for one source.
pub fn print(printer: &mut Printer<'_>, ssrc: Ssrc) {
    printer.packet(BYE, 1, |printer| printer.put(&ssrc.get().to_be_bytes()));
}
