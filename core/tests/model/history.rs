use super::draw::Draw;
use super::setting::Setting;
use super::statistics::Statistics;
use super::world::World;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How a history failed: what differs, and what happened until then.
#[derive(Clone, Debug)]
pub struct Failure {
    pub difference: String,
    pub story: Vec<String>,
}

/// Plays the history of a seed. The same seed gives the same history.
pub fn play(seed: u64) -> Result<Statistics, Failure> {
    play_steps(seed, &steps(seed), false)
}

/// Plays the history of a seed that fails, again and again with fewer steps, and returns the shortest that still fails.
pub fn shrink(seed: u64) -> Option<Failure> {
    let mut steps = steps(seed);
    let mut failure = play_steps(seed, &steps, true).err()?;
    let mut chunk = steps.len().div_ceil(2);
    while chunk > 0 {
        let mut start = 0;
        while start < steps.len() {
            let mut fewer = steps.clone();
            fewer.drain(start..(start + chunk).min(steps.len()));
            match play_steps(seed, &fewer, true) {
                Err(shorter) => (steps, failure) = (fewer, shorter),
                Ok(_) => start += chunk,
            }
        }
        chunk = if chunk == 1 { 0 } else { chunk.div_ceil(2) };
    }
    Some(failure)
}

fn steps(seed: u64) -> Vec<u64> {
    let mut draw = Draw::new(seed ^ 0x57e9);
    (0..Setting::new(seed).steps).map(|_| draw.seed()).collect()
}

fn play_steps(seed: u64, steps: &[u64], with_story: bool) -> Result<Statistics, Failure> {
    let mut world = World::new(Setting::new(seed));
    world.story = with_story.then(Vec::new);
    let played = catch_unwind(AssertUnwindSafe(|| {
        if world.setting.outsiders.len() > 2 {
            world.open(&mut Draw::new(seed))?;
        }
        steps.iter().try_for_each(|&step| world.step(step))?;
        world.note(|_| "everybody meets".to_owned());
        world.settle()
    }));
    let difference = match played {
        Ok(Ok(())) => return Ok(world.statistics),
        Ok(Err(difference)) => difference,
        Err(panic) => format!("panic: {}", panic_message(&*panic)),
    };
    Err(Failure { difference, story: world.story.unwrap_or_default() })
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default()
}
