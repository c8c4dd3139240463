//! What stands between packets, which come when they like, and a clock: buffer and concealment.

mod concealer;
mod delay;
mod playout_buffer;
mod presence;
mod time_scale;

pub use concealer::Concealer;
pub use delay::JitterBuffer;
pub use playout_buffer::{PACKET_SAMPLES_MAX, PLAYOUT_DELAY_FRAMES, Placed, PlayoutBuffer};
pub use presence::Presence;
