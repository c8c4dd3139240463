use proptest::prelude::*;

use super::*;
use crate::rtp::Header;
use crate::units::{PayloadType, RtpTimestamp, SeqNo};

const SUITES: [CryptoSuite; 2] = [CryptoSuite::AesCm128HmacSha1_80, CryptoSuite::AesCm128HmacSha1_32];
/// The master key and salt of RFC 3711 appendix B.3.
const B3: &str = "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6";

/// The bytes that are written in hexadecimal digits.
pub fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex")).collect()
}

fn master(suite: CryptoSuite) -> MasterKey {
    MasterKey::new(suite, &bytes(B3)).expect("30 bytes")
}

fn two_sides(suite: CryptoSuite) -> (Protector, Unprotector) {
    (Protector::new(master(suite)), Unprotector::new(master(suite)))
}

fn packet(number: u16, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let header = Header {
        marker: false,
        payload_type: PayloadType::from_header(0),
        sequence_number: SeqNo::new(number),
        timestamp: RtpTimestamp::new(u32::from(number) * 160),
        ssrc: Ssrc::new(ssrc),
    };
    [&header.to_bytes()[..], payload].concat()
}

fn rtcp_packet(ssrc: u32, rest: &[u8]) -> Vec<u8> {
    [&[0x80, 201, 0, 1][..], &ssrc.to_be_bytes(), rest].concat()
}

/// As it leaves: with room made for the tag.
fn protect(protector: &mut Protector, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = [packet, &[0; GROWTH_MAX]].concat();
    let length = protector.protect_rtp(&mut buffer, packet.len())?;
    Ok(buffer[..length].to_vec())
}

fn protect_rtcp(protector: &mut Protector, packet: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut buffer = [packet, &[0; GROWTH_MAX]].concat();
    let length = protector.protect_rtcp(&mut buffer, packet.len())?;
    Ok(buffer[..length].to_vec())
}

fn unprotect(unprotector: &mut Unprotector, datagram: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut datagram = datagram.to_vec();
    let length = unprotector.unprotect_rtp(&mut datagram)?;
    Ok(datagram[..length].to_vec())
}

fn unprotect_rtcp(unprotector: &mut Unprotector, datagram: &[u8]) -> Result<Vec<u8>, SrtpError> {
    let mut datagram = datagram.to_vec();
    let length = unprotector.unprotect_rtcp(&mut datagram)?;
    Ok(datagram[..length].to_vec())
}

#[test]
fn a_packet_as_libsrtp_protects_it() {
    let plain = [bytes("800f1234decafbadcafebabe"), vec![0xab; 16]].concat();
    let secret = bytes("800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb");
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    assert_eq!(protect(&mut protector, &plain), Ok(secret.clone()));
    assert_eq!(unprotect(&mut unprotector, &secret), Ok(plain));
}

#[test]
fn a_report_as_libsrtp_protects_it() {
    let plain = [bytes("81c8000bcafebabe"), vec![0xab; 16]].concat();
    let secret = bytes("81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798");
    for suite in SUITES {
        let (mut protector, mut unprotector) = two_sides(suite);
        protect_rtcp(&mut protector, &plain).expect("index 0, which libsrtp leaves out");
        assert_eq!(protect_rtcp(&mut protector, &plain), Ok(secret.clone()), "80 bits in both suites");
        assert_eq!(unprotect_rtcp(&mut unprotector, &secret), Ok(plain.clone()));
    }
}

#[test]
fn the_short_tag_is_the_beginning_of_the_long_one() {
    let plain = packet(1, 1, &[3; 160]);
    let [long, short] = SUITES.map(|suite| protect(&mut two_sides(suite).0, &plain).expect("protected"));
    assert_eq!((long.len(), short.len()), (172 + 10, 172 + 4));
    assert_eq!(long[..short.len()], short);
}

#[test]
fn what_is_not_authentic_changes_nothing() {
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_32);
    let good = protect(&mut protector, &packet(7, 1, &[3; 160])).expect("protected");
    for at in 0..good.len() {
        let mut wrong = good.clone();
        wrong[at] ^= 1 << (at % 8);
        let before = wrong.clone();
        assert!(unprotector.unprotect_rtp(&mut wrong).is_err(), "byte {at}");
        assert_eq!(wrong, before, "it is left as it came");
    }
    assert_eq!(unprotect(&mut unprotector, &good), Ok(packet(7, 1, &[3; 160])));
}

#[test]
fn a_report_that_is_not_authentic_changes_nothing() {
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_32);
    let good = protect_rtcp(&mut protector, &rtcp_packet(1, &[5; 24])).expect("protected");
    for at in 0..good.len() {
        let mut wrong = good.clone();
        wrong[at] ^= 1 << (at % 8);
        assert_eq!(unprotector.unprotect_rtcp(&mut wrong), Err(SrtpError::Unauthenticated), "byte {at}");
    }
    assert_eq!(unprotect_rtcp(&mut unprotector, &good), Ok(rtcp_packet(1, &[5; 24])));
    assert_eq!(unprotect_rtcp(&mut unprotector, &good), Err(SrtpError::Replayed));
}

#[test]
fn a_packet_is_believed_once_and_only_while_it_is_new_enough() {
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    let sent: Vec<_> = (0..100)
        .map(|number| protect(&mut protector, &packet(number, 1, b"x")).expect("protected"))
        .collect();
    for number in [0, 99, 50] {
        assert!(unprotect(&mut unprotector, &sent[number]).is_ok(), "{number}");
        assert_eq!(unprotect(&mut unprotector, &sent[number]), Err(SrtpError::Replayed), "{number}");
    }
    assert!(unprotect(&mut unprotector, &sent[36]).is_ok(), "63 behind");
    assert_eq!(unprotect(&mut unprotector, &sent[35]), Err(SrtpError::Replayed), "64 behind");
}

#[test]
fn the_roll_over_counter_is_authenticated_and_followed_through_loss_and_disorder() {
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    // Three rounds in steps of 20,011, each packet overtaken by the next.
    let numbers: Vec<u16> = (0..20u16).map(|step| step.wrapping_mul(20_011)).collect();
    let sent: Vec<_> = numbers
        .iter()
        .map(|number| protect(&mut protector, &packet(*number, 1, &number.to_be_bytes())).expect("protected"))
        .collect();
    for (number, datagram) in numbers.iter().zip(&sent) {
        let plain = packet(*number, 1, &number.to_be_bytes());
        assert_eq!(unprotect(&mut unprotector, datagram), Ok(plain));
    }
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    let around: Vec<_> = [65_530, 65_531, 65_535, 0, 1]
        .map(|number| protect(&mut protector, &packet(number, 1, b"x")).expect("protected"))
        .to_vec();
    for place in [0, 3, 2, 4, 1] {
        assert!(unprotect(&mut unprotector, &around[place]).is_ok(), "{place}");
    }
}

#[test]
fn who_joins_after_the_first_roll_over_hears_it_all_the_same() {
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    let [early, first, second] =
        [65_535, 0, 1].map(|number| protect(&mut protector, &packet(number, 1, b"x")).expect("protected"));
    assert!(unprotect(&mut unprotector, &first).is_ok());
    assert!(unprotect(&mut unprotector, &early).is_ok(), "it was overtaken");
    assert!(unprotect(&mut unprotector, &second).is_ok());
}

#[test]
fn sources_are_told_apart_and_no_more_are_kept_than_are_bounded() {
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    let mut first = Vec::new();
    for ssrc in 0..8 {
        let sent = protect(&mut protector, &packet(65_535, ssrc, b"x")).expect("protected");
        assert!(unprotect(&mut unprotector, &sent).is_ok());
        first.push(sent);
    }
    for ssrc in 0..8 {
        let sent = protect(&mut protector, &packet(0, ssrc, b"x")).expect("protected");
        assert!(unprotect(&mut unprotector, &sent).is_ok(), "each source has its roll-over counter");
    }
    assert!(first.iter().all(|sent| unprotect(&mut unprotector, sent) == Err(SrtpError::Replayed)));
    assert_eq!(protect(&mut protector, &packet(0, 8, b"x")), Err(SrtpError::TooManySources));
    let other = protect(&mut two_sides(CryptoSuite::AesCm128HmacSha1_80).0, &packet(9, 8, b"x"));
    assert!(unprotect(&mut unprotector, &other.expect("protected")).is_ok(), "the ninth is heard");
}

#[test]
fn no_keystream_is_used_twice() {
    let (mut protector, _) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    for number in [100, 102, 101] {
        assert!(protect(&mut protector, &packet(number, 1, b"one")).is_ok());
    }
    for number in [100, 101, 102, 38] {
        assert_eq!(protect(&mut protector, &packet(number, 1, b"two")), Err(SrtpError::Replayed));
    }
    assert!(protect(&mut protector, &packet(39, 1, b"two")).is_ok(), "late, and never sent");
    let [one, two] = [0, 1].map(|_| protect_rtcp(&mut protector, &rtcp_packet(1, &[5; 24])).expect("sent"));
    assert_ne!(one[8..32], two[8..32]);
}

#[test]
fn a_report_in_the_clear_is_refused_even_if_it_is_authentic() {
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    let mut clear = [rtcp_packet(1, &[5; 24]), vec![0, 0, 0, 7]].concat();
    let tag = transform::Transform::derive(protector.master(), transform::Protocol::Rtcp).tag(&clear, &[]);
    clear.extend(&tag[..RTCP_TAG_BYTES]);
    assert_eq!(unprotect_rtcp(&mut unprotector, &clear), Err(SrtpError::Unencrypted));
    let good = protect_rtcp(&mut protector, &rtcp_packet(1, &[5; 24])).expect("protected");
    assert!(unprotect_rtcp(&mut unprotector, &good).is_ok());
}

#[test]
fn a_packet_from_before_the_first_index_is_too_old_to_be_sent() {
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    let first = protect(&mut protector, &packet(0, 1, b"x")).expect("the first");
    assert_eq!(protect(&mut protector, &packet(65_535, 1, b"late")), Err(SrtpError::Replayed));
    let next = protect(&mut protector, &packet(1, 1, b"y")).expect("the stream goes on");
    assert!(unprotect(&mut unprotector, &first).is_ok());
    assert!(unprotect(&mut unprotector, &next).is_ok());
}

#[test]
fn a_key_that_protected_all_that_it_may_protects_no_more() {
    let (mut protector, _) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    protector.set_next_indices(1, history::RTP_INDEX_END - 2, ENCRYPTED - 1);
    assert!(protect(&mut protector, &packet(65_535, 1, b"x")).is_ok());
    assert_eq!(protect(&mut protector, &packet(0, 1, b"x")), Err(SrtpError::KeyExhausted));
    assert!(protect_rtcp(&mut protector, &rtcp_packet(1, b"x")).is_ok());
    assert_eq!(protect_rtcp(&mut protector, &rtcp_packet(1, b"x")), Err(SrtpError::KeyExhausted));
}

#[test]
fn what_is_too_short_or_has_no_room_has_its_error() {
    let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
    let mut buffer = packet(1, 1, &[0; 9]);
    assert_eq!(protector.protect_rtp(&mut buffer, 12), Err(SrtpError::NoRoom));
    assert_eq!(protector.protect_rtp(&mut buffer, 22), Err(SrtpError::NoRoom));
    assert_eq!(protector.protect_rtp(&mut buffer, 11), Err(SrtpError::Rtp(RtpError::Truncated)));
    assert_eq!(protector.protect_rtcp(&mut buffer, 8), Err(SrtpError::NoRoom));
    assert_eq!(protector.protect_rtcp(&mut buffer, 7), Err(SrtpError::Truncated));
    assert_eq!(unprotect(&mut unprotector, &[0x80; 9]), Err(SrtpError::Truncated));
    assert_eq!(unprotect(&mut unprotector, &[0x80; 21]), Err(SrtpError::Rtp(RtpError::Truncated)));
    assert_eq!(unprotect(&mut unprotector, &[0x40; 40]), Err(SrtpError::Rtp(RtpError::Version(1))));
    for length in [0, 13, 21] {
        assert_eq!(unprotect_rtcp(&mut unprotector, &vec![0x80; length]), Err(SrtpError::Truncated));
    }
    assert_eq!(unprotect_rtcp(&mut unprotector, &[0x80; 22]), Err(SrtpError::Unauthenticated));
}

#[test]
fn a_key_has_its_length_and_is_never_printed() {
    let refused = MasterKey::new(CryptoSuite::AesCm128HmacSha1_80, &[7; 29]).expect_err("29 bytes");
    assert_eq!(refused.to_string(), "a master key and its salt have 30 bytes, not 29 (RFC 4568 §6.2)");
    let (protector, unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_32);
    let printed = format!("{:?} {protector:?} {unprotector:?}", protector.master());
    assert!(printed.contains("AesCm128HmacSha1_32") && !printed.contains("225") && !printed.contains("e1"));
}

#[test]
fn keys_are_the_same_with_the_same_bytes_and_suite() {
    let [long, short] = SUITES.map(master);
    assert!(long.is_same(&long.clone()));
    assert!(!long.is_same(&short));
    let other = MasterKey::new(long.suite(), &[7; KEY_AND_SALT_BYTES]).expect("30 bytes");
    assert!(!long.is_same(&other));
}

proptest! {
    #[test]
    fn what_is_protected_is_read_back_and_a_wrong_key_reads_nothing(
        keys in prop::array::uniform30(any::<u8>()),
        other in prop::array::uniform30(any::<u8>()),
        short in any::<bool>(),
        number in any::<u16>(),
        ssrc in any::<u32>(),
        sources in 0u8..16,
        words in prop::option::of(0u16..20),
        payload in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        prop_assume!(keys != other);
        let suite = SUITES[usize::from(short)];
        let mut plain = packet(number, ssrc, &[]);
        plain[0] |= sources | u8::from(words.is_some()) << 4;
        plain.extend(std::iter::repeat_n(7, usize::from(sources) * 4));
        if let Some(words) = words {
            plain.extend([0xbe, 0xde]);
            plain.extend(words.to_be_bytes());
            plain.extend(std::iter::repeat_n(9, usize::from(words) * 4));
        }
        let clear = plain.len();
        plain.extend(&payload);
        let key = |bytes: &[u8; 30]| MasterKey::new(suite, bytes).expect("30 bytes");
        let secret = protect(&mut Protector::new(key(&keys)), &plain).expect("protected");
        prop_assert_eq!(&secret[..clear], &plain[..clear], "the header stays in the clear");
        prop_assert_eq!(secret.len(), plain.len() + suite.rtp_tag_bytes());
        prop_assert_eq!(unprotect(&mut Unprotector::new(key(&keys)), &secret), Ok(plain));
        let read = unprotect(&mut Unprotector::new(key(&other)), &secret);
        prop_assert_eq!(read, Err(SrtpError::Unauthenticated));
    }

    #[test]
    fn a_protected_report_is_read_back(ssrc in any::<u32>(), rest in prop::collection::vec(any::<u8>(), 0..300)) {
        let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_32);
        for _ in 0..3 {
            let plain = rtcp_packet(ssrc, &rest);
            let secret = protect_rtcp(&mut protector, &plain).expect("protected");
            prop_assert_eq!(unprotect_rtcp(&mut unprotector, &secret), Ok(plain));
        }
    }

    #[test]
    fn any_bytes_are_refused_and_left_as_they_are(datagram in prop::collection::vec(any::<u8>(), 0..100)) {
        let (_, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_32);
        let mut bytes = datagram.clone();
        prop_assert!(unprotector.unprotect_rtp(&mut bytes).is_err());
        prop_assert!(unprotector.unprotect_rtcp(&mut bytes).is_err());
        prop_assert_eq!(bytes, datagram);
    }

    #[test]
    fn loss_disorder_and_repetition_are_followed_through_roll_overs(
        start in any::<u16>(),
        steps in prop::collection::vec((0u64..1500, 0u64..60), 1..200),
    ) {
        let (mut protector, mut unprotector) = two_sides(CryptoSuite::AesCm128HmacSha1_80);
        let (mut highest, mut sent) = (u64::from(start), std::collections::HashSet::new());
        // What is late stays behind the first: what comes before it may have no index (see below).
        for (ahead, behind) in std::iter::once((0, 0)).chain(steps) {
            highest += ahead;
            #[expect(clippy::cast_possible_truncation, reason = "the lower 16 bits are what is sent")]
            for index in [highest, highest.saturating_sub(behind).max(u64::from(start))] {
                let plain = packet(index as u16, 1, &index.to_be_bytes());
                if sent.insert(index) {
                    let secret = protect(&mut protector, &plain).expect("never sent");
                    prop_assert_eq!(unprotect(&mut unprotector, &secret), Ok(plain));
                    prop_assert_eq!(unprotect(&mut unprotector, &secret), Err(SrtpError::Replayed));
                } else {
                    prop_assert_eq!(protect(&mut protector, &plain), Err(SrtpError::Replayed));
                }
            }
        }
    }
}
