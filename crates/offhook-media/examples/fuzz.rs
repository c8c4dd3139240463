//! Fuzzes the parsers of the crate: `cargo run --profile fuzz --example fuzz -- SECONDS [SEED [TARGET]]`.
//!
//! Each target has its share of the time. Stops at the first promise that is broken: the input is then written below `target/`, and the exit
//! status is 1. The same seed throws the same inputs.

#[path = "../tests/fuzzing/mod.rs"]
mod fuzzing;
#[path = "../tests/support/sound_files.rs"]
mod sound_files;

use std::process::ExitCode;
use std::time::{Duration, Instant};

use fuzzing::{Dice, Finding, Fuzzer, Target, targets};
use nix::time::{ClockId, clock_gettime};

/// CPU time for one input: more is a finding, since a flood of such would hold a node up.
const SLOWEST: Duration = Duration::from_millis(500);

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(60.0);
    let seed = arguments.next().and_then(|text| text.parse().ok());
    let seed =
        seed.unwrap_or_else(|| u64::from(std::process::id()) ^ u64::try_from(cpu().as_nanos()).unwrap_or(0));
    println!("seed {seed}");
    let mut targets = targets();
    if let Some(name) = arguments.next() {
        targets.retain(|target| target.name == name);
        assert!(!targets.is_empty(), "there is no target {name}");
    }
    let share = Duration::from_secs_f64(seconds / targets.len() as f64);
    for target in targets {
        let name = target.name;
        if let Err(finding) = fuzz(target, seed, share) {
            let file = std::path::Path::new("target").join(format!("found-{name}-{seed}.bin"));
            let kept = std::fs::write(&file, &finding.input);
            println!("{name} broke its promise: {}", finding.trouble);
            match kept {
                Ok(()) => println!("input in {}", file.display()),
                Err(error) => println!("input {:02x?}, not kept: {error}", finding.input),
            }
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn fuzz(target: Target, seed: u64, share: Duration) -> Result<(), Finding> {
    let end = Instant::now() + share;
    let mut fuzzer = Fuzzer::start(target, Dice::new(seed))?;
    while Instant::now() < end {
        let before = cpu();
        let input = fuzzer.step()?;
        let took = cpu() - before;
        if took > SLOWEST {
            return Err(Finding { input, trouble: format!("took {took:?} of CPU") });
        }
    }
    println!("{:16}{:9} runs, {:4} things done", fuzzer.target.name, fuzzer.runs, fuzzer.things_done());
    Ok(())
}

/// CPU time of this thread.
fn cpu() -> Duration {
    Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).expect("Linux has it"))
}
