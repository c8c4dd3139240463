//! What stands between packets, which come when they like, and a clock: buffer and concealment.

mod concealer;
mod playout_buffer;

pub use concealer::Concealer;
pub use playout_buffer::{PACKET_SAMPLES_MAX, PLAYOUT_DELAY_FRAMES, Placed, PlayoutBuffer, Presence};
