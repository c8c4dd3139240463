//! Tones that a network plays: ringback of each country, and the beep before a recording.
//!
//! Frequencies and cadences after ITU-T E.180 Supplement 2, where countries list several the one that
//! gateways commonly play; the names are those of Twilio's `ringTone`. All sound at -18 dBm0 in sum,
//! and rise and fall within 5 ms, so that nothing clicks.

use std::f64::consts::{PI, TAU};

/// A sine of 0 dBm0 has this peak (G.711 table 1: 3.14 dBm0 overload for µ-law at 8159, in 16 bits).
const PEAK_0_DBM0: f64 = 22_303.0;
/// Level of every tone, the sum of its parts.
const LEVEL_DBM0: f64 = -18.0;
const RATE_HZ: f64 = 8000.0;
const SAMPLES_PER_MS: usize = 8;
/// Samples of a rise or fall: 5 ms.
const RAMP_SAMPLES: usize = 40;
/// How deep the second frequency modulates the first, where it does.
const MODULATION_DEPTH: f64 = 0.9;

/// What sounds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sound {
    /// One frequency in Hz.
    One(f64),
    /// Two at once, equally loud.
    Sum(f64, f64),
    /// The first, its level modulated by the second.
    Modulated(f64, f64),
}

/// Milliseconds of sound and of silence behind it, in turn.
type Cadence = &'static [(usize, usize)];

const ONE_FOUR: Cadence = &[(1000, 4000)];
const ONE_FIVE: Cadence = &[(1000, 5000)];
const ONE_THREE: Cadence = &[(1000, 3000)];
const ONE_TWO: Cadence = &[(1000, 2000)];
const TWO_FOUR: Cadence = &[(2000, 4000)];
const DOUBLE: Cadence = &[(400, 200), (400, 2000)];

/// Twilio's names of `ringTone`, with what is heard there.
const RINGBACK: [(&str, Sound, Cadence); 40] = [
    ("at", Sound::One(420.0), ONE_FIVE),
    ("au", Sound::Sum(413.0, 438.0), DOUBLE),
    ("be", Sound::One(425.0), ONE_THREE),
    ("bg", Sound::One(425.0), ONE_FOUR),
    ("br", Sound::One(425.0), ONE_FOUR),
    ("ch", Sound::One(425.0), ONE_FOUR),
    ("cl", Sound::One(400.0), ONE_THREE),
    ("cn", Sound::One(450.0), ONE_FOUR),
    ("cz", Sound::One(425.0), ONE_FOUR),
    ("de", Sound::One(425.0), ONE_FOUR),
    ("dk", Sound::One(425.0), ONE_FOUR),
    ("ee", Sound::One(425.0), ONE_FOUR),
    ("es", Sound::One(425.0), &[(1500, 3000)]),
    ("fi", Sound::One(425.0), ONE_FOUR),
    ("fr", Sound::One(440.0), &[(1500, 3500)]),
    ("gr", Sound::One(425.0), ONE_FOUR),
    ("hu", Sound::One(425.0), &[(1250, 3750)]),
    ("il", Sound::One(400.0), ONE_THREE),
    ("in", Sound::Modulated(400.0, 25.0), DOUBLE),
    ("it", Sound::One(425.0), ONE_FOUR),
    ("jp", Sound::Modulated(400.0, 16.0), ONE_TWO),
    ("lt", Sound::One(425.0), ONE_FOUR),
    ("mx", Sound::One(425.0), ONE_FOUR),
    ("my", Sound::One(425.0), DOUBLE),
    ("nl", Sound::One(425.0), ONE_FOUR),
    ("no", Sound::One(425.0), ONE_FOUR),
    ("nz", Sound::Sum(400.0, 450.0), DOUBLE),
    ("ph", Sound::Sum(425.0, 480.0), ONE_FOUR),
    ("pl", Sound::One(425.0), ONE_FOUR),
    ("pt", Sound::One(425.0), ONE_FIVE),
    ("ru", Sound::One(425.0), ONE_FOUR),
    ("se", Sound::One(425.0), ONE_FIVE),
    ("sg", Sound::Modulated(425.0, 24.0), DOUBLE),
    ("th", Sound::One(400.0), ONE_FOUR),
    ("tw", Sound::Sum(440.0, 480.0), ONE_TWO),
    ("uk", Sound::Sum(400.0, 450.0), DOUBLE),
    ("us", Sound::Sum(440.0, 480.0), TWO_FOUR),
    ("us-old", Sound::Modulated(420.0, 40.0), TWO_FOUR),
    ("ve", Sound::One(425.0), ONE_FOUR),
    ("za", Sound::Modulated(400.0, 33.0), DOUBLE),
];

/// The beep before a recording: what answering machines give.
const BEEP_HZ: f64 = 1000.0;
const BEEP_MS: usize = 500;

/// One period of the ringback of a country, at 8000 Hz; None for a name that Twilio's `ringTone` lacks.
pub fn ringback(name: &str) -> Option<Vec<i16>> {
    let (_, sound, cadence) = RINGBACK.iter().find(|(known, ..)| *known == name).copied()?;
    let mut samples = Vec::new();
    for (on_ms, off_ms) in cadence {
        render(sound, on_ms * SAMPLES_PER_MS, &mut samples);
        samples.resize(samples.len() + off_ms * SAMPLES_PER_MS, 0);
    }
    Some(samples)
}

/// The beep before a recording, at 8000 Hz.
pub fn beep() -> Vec<i16> {
    let mut samples = Vec::new();
    render(Sound::One(BEEP_HZ), BEEP_MS * SAMPLES_PER_MS, &mut samples);
    samples
}

/// Add a sound of so many samples, rise and fall included.
#[expect(clippy::cast_possible_truncation, reason = "far below full scale")]
fn render(sound: Sound, count: usize, samples: &mut Vec<i16>) {
    let peak = PEAK_0_DBM0 * 10f64.powf(LEVEL_DBM0 / 20.0);
    samples.extend((0..count).map(|n| {
        let edge = (n.min(count - 1 - n) as f64 / RAMP_SAMPLES as f64).min(1.0);
        let ramp = (1.0 - (PI * edge).cos()) / 2.0;
        (peak * ramp * sound.at(n as f64 / RATE_HZ)).round() as i16
    }));
}

impl Sound {
    /// The sound at a time in seconds, with the power of a sine of peak 1.
    fn at(self, time: f64) -> f64 {
        let sine = |hz: f64| (TAU * hz * time).sin();
        match self {
            Self::One(hz) => sine(hz),
            Self::Sum(one, two) => (sine(one) + sine(two)) / 2f64.sqrt(),
            Self::Modulated(hz, by) => {
                let power = (1.0 + MODULATION_DEPTH * MODULATION_DEPTH / 2.0).sqrt();
                sine(hz) * (1.0 + MODULATION_DEPTH * sine(by)) / power
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twilio's `ringTone` values (reference/twiml 6.1).
    const TWILIO: &str = "at au bg br be ch cl cn cz de dk ee es fi fr gr hu il in it lt jp mx my nl no nz \
                          ph pl pt ru se sg th uk us us-old tw ve za";

    fn level_dbm0(samples: &[i16]) -> f64 {
        let power: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        let reference = PEAK_0_DBM0 * PEAK_0_DBM0 / 2.0;
        10.0 * (power / samples.len() as f64 / reference).log10()
    }

    /// Power of one frequency as a share of all.
    fn share(samples: &[i16], hz: f64) -> f64 {
        let (mut re, mut im, mut all) = (0.0, 0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            let angle = TAU * hz * n as f64 / RATE_HZ;
            re += f64::from(*sample) * angle.cos();
            im += f64::from(*sample) * angle.sin();
            all += f64::from(*sample).powi(2);
        }
        2.0 * (re * re + im * im) / samples.len() as f64 / all
    }

    #[test]
    fn every_name_of_twilio_has_a_ringback_and_no_other() {
        let mut known: Vec<&str> = RINGBACK.iter().map(|(name, ..)| *name).collect();
        known.sort_unstable();
        let mut twilio: Vec<&str> = TWILIO.split_whitespace().collect();
        twilio.sort_unstable();
        assert_eq!(known, twilio);
        assert_eq!(ringback("xx"), None);
        assert_eq!(ringback("US"), None);
    }

    #[test]
    fn the_periods_are_those_of_the_cadences() {
        for (name, seconds) in [("us", 6.0), ("uk", 3.0), ("de", 5.0), ("fr", 5.0), ("jp", 3.0), ("hu", 5.0)]
        {
            let samples = ringback(name).expect("known");
            assert_eq!(samples.len() as f64 / RATE_HZ, seconds, "{name}");
        }
        let uk = ringback("uk").expect("known");
        let is_loud: Vec<bool> = uk.chunks(800).map(|tenth| level_dbm0(tenth) > -25.0).collect();
        let expected: Vec<bool> = (0..30).map(|tenth| matches!(tenth, 0..4 | 6..10)).collect();
        assert_eq!(is_loud, expected);
    }

    #[test]
    fn the_frequencies_are_heard_at_the_stated_level() {
        for (name, tones_hz) in
            [("us", &[440.0, 480.0][..]), ("uk", &[400.0, 450.0]), ("de", &[425.0]), ("cn", &[450.0])]
        {
            let samples = &ringback(name).expect("known")[400..2800]; // 300 ms
            let heard: f64 = tones_hz.iter().map(|hz| share(samples, *hz)).sum();
            assert!(heard > 0.95, "{name}: {heard}");
            assert!((level_dbm0(samples) - LEVEL_DBM0).abs() < 0.5, "{name}: {}", level_dbm0(samples));
        }
        let india = &ringback("in").expect("known")[400..2800];
        assert!((level_dbm0(india) - LEVEL_DBM0).abs() < 0.5);
        let sidebands = share(india, 375.0) + share(india, 425.0);
        assert!((sidebands - 0.288).abs() < 0.02, "{sidebands}"); // d²/2 of 1 + d²/2
        let beep = beep();
        assert!(share(&beep[100..3900], 1000.0) > 0.99);
        assert!((level_dbm0(&beep[100..3900]) - LEVEL_DBM0).abs() < 0.1);
    }

    #[test]
    fn nothing_clicks() {
        for (name, ..) in RINGBACK {
            let samples = ringback(name).expect("known");
            let turns = [&samples[..], &samples[..8000]].concat();
            // A click is energy far above the tones: the difference of neighbours jumps.
            let steepest =
                turns.windows(3).map(|w| (i32::from(w[0]) - 2 * i32::from(w[1]) + i32::from(w[2])).abs());
            let steepest = steepest.max().expect("samples");
            assert!(steepest < 900, "{name}: {steepest}");
        }
    }
}
