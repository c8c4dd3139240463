//! Where tones stand in a recording.

/// How far from when it was heard a sound may stand in a recording.
const TOLERANCE_MS: i64 = 40;

/// When a tone is heard in one channel, in milliseconds from the beginning of the file. Holes of one
/// concealed packet do not part it.
pub fn heard(samples: &[i16], channel: usize, channels: usize, hz: u32) -> Vec<(i64, i64)> {
    let samples: Vec<f64> =
        samples.iter().skip(channel).step_by(channels).map(|sample| f64::from(*sample)).collect();
    let mut spans: Vec<(i64, i64)> = Vec::new();
    for (block, samples) in (0..).zip(samples.chunks_exact(40)) {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in (0u32..).zip(samples) {
            let angle = std::f64::consts::TAU * f64::from(hz) * f64::from(n) / 8000.0;
            re += sample * angle.cos();
            im += sample * angle.sin();
        }
        let peak = re.hypot(im) * 2.0 / 40.0;
        let at = block * 5;
        match spans.last_mut() {
            Some((_, end)) if peak > 4000.0 && *end + 40 >= at => *end = at + 5,
            _ if peak > 4000.0 => spans.push((at, at + 5)),
            _ => {}
        }
    }
    spans
}

/// Each span begins and ends where it should.
pub fn assert_near(heard: &[(i64, i64)], expected: &[(i64, i64)]) {
    assert_eq!(heard.len(), expected.len(), "{heard:?}, not {expected:?}");
    for (heard, expected) in heard.iter().zip(expected) {
        assert!((heard.0 - expected.0).abs() <= TOLERANCE_MS, "began {heard:?}, not {expected:?}");
        assert!((heard.1 - expected.1).abs() <= TOLERANCE_MS, "ended {heard:?}, not {expected:?}");
    }
}
