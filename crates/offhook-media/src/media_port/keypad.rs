//! Which two tones a key is (ITU-T Q.23 figure 1).

use crate::audio::dual_tone::DualTone;
use crate::telephone_event::Key;

/// Rows and columns as `audio::dual_tone` counts them.
const KEYPAD: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// The key that two tones are.
pub(super) fn key_of(tone: DualTone) -> Option<Key> {
    Key::from_char(KEYPAD[tone.row][tone.column])
}

/// The two tones of a key.
pub(super) fn tone_of(key: Key) -> DualTone {
    let place = KEYPAD.as_flattened().iter().position(|other| *other == key.to_char());
    let place = place.expect("sixteen keys");
    DualTone { row: place / 4, column: place % 4 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_key_has_its_tones_and_each_two_tones_their_key() {
        for code in 0..16 {
            let key = Key::from_event(code).expect("sixteen keys");
            assert_eq!(key_of(tone_of(key)), Some(key));
        }
        assert_eq!(tone_of(Key::from_char('#').expect("a key")), DualTone { row: 3, column: 2 });
    }
}
