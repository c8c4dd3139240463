//! How a call is likely judged: the E-model of ITU-T G.107 with what RTP and RTCP tell.
//!
//! Delay and loss count; everything that a gateway cannot know (loudness, echo, noise of the room)
//! has its default. The delay term is the simplification by Cole and Rosenbluth (2001).

use std::time::Duration;

use super::statistics::PortStatistics;

/// G.107 table 2 defaults, with nothing lost and no delay.
const R_BEST: f64 = 93.2;

/// G.113 appendix I: robustness of G.711 with concealment against loss at random.
const BPL_G711_CONCEALED: f64 = 25.1;

/// The 20 ms of a packet and the 60 ms of the playout delay, on top of the way.
const OWN_DELAY: Duration = Duration::from_millis(80);

/// Delay from which talking becomes hard.
const HARD_DELAY_MS: f64 = 177.3;

/// Mean opinion score of what is heard of the peer, 1 to 4.41; None before its first packet.
///
/// Without a round trip the way is taken for instant.
pub fn mos(statistics: &PortStatistics) -> Option<f64> {
    if statistics.packets_received == 0 {
        return None;
    }
    let expected = statistics.packets_received + statistics.packets_lost;
    let lost_percent = 100.0 * statistics.packets_lost as f64 / expected as f64;
    let delay = OWN_DELAY + statistics.round_trip.unwrap_or_default() / 2;
    let delay_ms = delay.as_secs_f64() * 1000.0;
    let by_delay = 0.024 * delay_ms + 0.11 * (delay_ms - HARD_DELAY_MS).max(0.0);
    let by_loss = 95.0 * lost_percent / (lost_percent + BPL_G711_CONCEALED); // G.107 (7-29), Ie = 0
    Some(score(R_BEST - by_delay - by_loss))
}

/// G.107 annex B.
fn score(r: f64) -> f64 {
    let r = r.clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).max(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn scored(received: u64, lost: u64, round_trip_ms: Option<u64>) -> f64 {
        let round_trip = round_trip_ms.map(Duration::from_millis);
        mos(&PortStatistics {
            packets_received: received,
            packets_lost: lost,
            round_trip,
            ..Default::default()
        })
        .expect("something came")
    }

    #[test]
    fn g107_annex_b_scores() {
        for (r, expected) in
            [(-5.0, 1.0), (0.0, 1.0), (50.0, 2.575), (70.0, 3.597), (93.2, 4.41), (100.0, 4.5)]
        {
            assert!((score(r) - expected).abs() < 0.005, "{r}: {}", score(r));
        }
    }

    #[test]
    fn loss_and_delay_cost_what_the_model_says() {
        assert!((scored(1000, 0, None) - 4.37).abs() < 0.01, "{}", scored(1000, 0, None));
        assert!((scored(950, 50, Some(40)) - 3.85).abs() < 0.05, "{}", scored(950, 50, Some(40)));
        assert!((scored(800, 200, Some(40)) - 2.4).abs() < 0.15, "{}", scored(800, 200, Some(40)));
        assert!(scored(1000, 0, Some(800)) < 3.3, "{}", scored(1000, 0, Some(800)));
    }

    #[test]
    fn before_the_first_packet_there_is_nothing_to_judge() {
        assert_eq!(mos(&PortStatistics::default()), None);
    }

    proptest! {
        #[test]
        fn any_counters_have_a_score(received in 1u64..u64::MAX / 2, lost in 0u64..u64::MAX / 2, ms in any::<u32>()) {
            let value = scored(received, lost, Some(u64::from(ms)));
            prop_assert!((1.0..=4.5).contains(&value), "{value}");
        }
    }
}
