//! A short run of the fuzzer, the same each time, and what it would find. `make fuzz` runs it for long.

mod fuzzing;
#[path = "support/sound_files.rs"]
mod sound_files;

use fuzzing::{Dice, Fuzzer, Target, targets};

#[test]
fn a_short_run_breaks_no_promise() {
    for target in targets() {
        let name = target.name;
        let mut fuzzer =
            Fuzzer::start(target, Dice::new(1)).unwrap_or_else(|finding| panic!("{name}: {finding:?}"));
        let seeds = fuzzer.runs;
        (0..200).for_each(|_| drop(fuzzer.step().unwrap_or_else(|finding| panic!("{name}: {finding:?}"))));
        assert_eq!(fuzzer.runs, seeds + 200);
        assert!(fuzzer.things_done() > 1, "{name}");
    }
}

#[test]
fn a_broken_promise_is_found_with_its_input() {
    let run = |input: &[u8]| {
        assert!(input.contains(&b'z'), "a z is promised");
        String::new()
    };
    let seeds = vec![b"az".to_vec(), b"bz".to_vec()];
    let mut fuzzer = Fuzzer::start(Target { name: "fragile", seeds, run }, Dice::new(1)).expect("good seeds");
    let finding = (0..10_000).find_map(|_| fuzzer.step().err()).expect("it is found");
    assert!(!finding.input.contains(&b'z'));
    assert!(finding.trouble.contains("a z is promised"), "{}", finding.trouble);
}

#[test]
fn what_does_something_new_is_mutated_further_and_the_same_seed_does_the_same() {
    let done = |seed| {
        let run = |input: &[u8]| format!("{}", input.iter().take_while(|byte| **byte == 0).count().min(8));
        let target = Target { name: "stairs", seeds: vec![vec![1; 8]], run };
        let mut fuzzer = Fuzzer::start(target, Dice::new(seed)).expect("good seeds");
        (0..3000).for_each(|_| drop(fuzzer.step().expect("nothing is promised")));
        fuzzer.things_done()
    };
    assert_eq!(done(3), done(3));
    assert!(done(3) > 5, "each stair is reached from the one below");
}
