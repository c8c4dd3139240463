//! Feeds the parsers of the crate with inputs that are a little wrong, and checks what they promise: no
//! panic, nothing read or sent beyond its bounds, and all that was begun told of as over.
//!
//! Used by `examples/fuzz.rs`, which runs for as long as is said, and by `tests/fuzz.rs`, which makes a
//! short run that is the same each time. Inputs that did something new are mutated further.

mod call;
mod dice;
mod files;
mod formats;
mod mutation;
mod secure;

use std::cell::RefCell;
use std::collections::HashSet;
use std::fmt::{Debug, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

pub use dice::Dice;
use mutation::mutate;

/// Inputs that are kept for mutation, of one target.
const KNOWN_MAX: usize = 2000;
/// Longer inputs are cut.
const INPUT_MAX: usize = 20_000;

/// A parser, or several behind one door.
pub struct Target {
    pub name: &'static str,
    /// Inputs as peers send them.
    pub seeds: Vec<Vec<u8>>,
    /// Take one input; says in a word what it did. A broken promise panics.
    pub run: fn(&[u8]) -> String,
}

/// All of them; those of audio files want sox and lame, which `make test` installs.
pub fn targets() -> Vec<Target> {
    let mut targets = formats::targets();
    targets.push(call::target());
    targets.push(secure::target());
    targets.extend(files::targets());
    targets
}

/// A promise that an input broke.
pub struct Finding {
    pub input: Vec<u8>,
    pub trouble: String,
}

impl Debug for Finding {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        let hex: String = self.input.iter().map(|byte| format!("{byte:02x}")).collect();
        write!(formatter, "{}, with {hex}", self.trouble)
    }
}

/// One target and what is known about it. The same dice throw the same inputs.
pub struct Fuzzer {
    pub target: Target,
    dice: Dice,
    known: Vec<Vec<u8>>,
    done: HashSet<String>,
    pub runs: u64,
}

impl Fuzzer {
    /// Try the seeds.
    pub fn start(target: Target, dice: Dice) -> Result<Self, Finding> {
        let mut fuzzer = Self { target, dice, known: Vec::new(), done: HashSet::new(), runs: 0 };
        for seed in fuzzer.target.seeds.clone() {
            fuzzer.try_one(&seed)?;
            fuzzer.known.push(seed);
        }
        Ok(fuzzer)
    }

    /// Mutate an input and try it; gives it back.
    pub fn step(&mut self) -> Result<Vec<u8>, Finding> {
        let place = self.dice.below(self.known.len());
        let mut input = self.known[place].clone();
        mutate(&mut input, &mut self.dice, &self.known);
        input.truncate(INPUT_MAX);
        if self.try_one(&input)? && self.known.len() < KNOWN_MAX {
            self.known.push(input.clone());
        }
        Ok(input)
    }

    /// Different things that were done so far.
    pub fn things_done(&self) -> usize {
        self.done.len()
    }

    /// Whether the input did something new.
    fn try_one(&mut self, input: &[u8]) -> Result<bool, Finding> {
        self.runs += 1;
        let did = caught(|| (self.target.run)(input))
            .map_err(|trouble| Finding { input: input.to_vec(), trouble })?;
        Ok(self.done.insert(did))
    }
}

thread_local! {
    /// What the last panic of a target said; None where panics are told as ever.
    static TROUBLE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// What `act` gives, or what its panic said; nothing is printed.
fn caught<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let is_told = TROUBLE.with_borrow_mut(|trouble| {
                trouble.as_mut().map(|trouble| *trouble = panic.to_string()).is_some()
            });
            if !is_told {
                before(panic);
            }
        }));
    });
    TROUBLE.set(Some(String::new()));
    let outcome = catch_unwind(AssertUnwindSafe(act));
    let trouble = TROUBLE.take().unwrap_or_default();
    outcome.map_err(|_| trouble)
}
