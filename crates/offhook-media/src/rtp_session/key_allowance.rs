//! How fast keys may come: more is a flood and not a finger.

use crate::units::Moment;

/// Key presses allowed at once, as after a stall of the network; refilled one each 50 ms.
pub const BURST: u32 = 32;
const REFILL_MS: u128 = 50;

/// See the head of the file.
#[derive(Debug)]
pub struct KeyAllowance {
    left: u32,
    refilled_at: Option<Moment>,
}

impl Default for KeyAllowance {
    fn default() -> Self {
        Self::new()
    }
}

impl KeyAllowance {
    /// All of the burst.
    pub const fn new() -> Self {
        Self { left: BURST, refilled_at: None }
    }

    /// Take one key out of it; false when it is empty.
    pub fn spend(&mut self, now: Moment) -> bool {
        let since = *self.refilled_at.get_or_insert(now);
        let refill = now.since(since).as_millis() / REFILL_MS;
        if refill > 0 {
            self.left = u32::try_from(refill).unwrap_or(BURST).saturating_add(self.left).min(BURST);
            self.refilled_at = Some(now);
        }
        let allowed = self.left > 0;
        self.left = self.left.saturating_sub(1);
        allowed
    }
}
