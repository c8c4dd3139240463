//! Source description with the one item that is obligatory, CNAME (RFC 3550 §6.5.1).

use super::{Printer, SOURCE_DESCRIPTION};
use crate::units::Ssrc;

/// Item type of the canonical name.
const CNAME: u8 = 1;

/// Bytes of a canonical name: 96 random bits as hexadecimal (RFC 7022 §4.2).
pub const CNAME_BYTES: usize = 24;

/// Print one chunk with the canonical name of `ssrc`.
pub fn print(printer: &mut Printer<'_>, ssrc: Ssrc, cname: &[u8; CNAME_BYTES]) {
    printer.packet(SOURCE_DESCRIPTION, 1, |printer| {
        printer.put(&ssrc.get().to_be_bytes());
        #[expect(clippy::cast_possible_truncation, reason = "a constant of 24")]
        printer.put(&[CNAME, CNAME_BYTES as u8]);
        printer.put(cname);
        printer.put(&[0]); // the list of items ends with at least one zero
    });
}
