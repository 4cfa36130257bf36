//! The thread of a wire.

use std::io::{self, PipeReader, Read};
use std::num::NonZeroU64;
use std::os::fd::AsFd;
use std::sync::mpsc::{Receiver, Sender};
use std::time::{Duration, Instant};

use super::bucket::Bucket;
use super::door::Door;
use super::link::{Conditions, Link};
use crate::deadline::Deadline;
use crate::hold::WireOrder;
use crate::process::{Interest, wait};

/// What the thread is told, and where the result goes.
pub(super) type Told = (WireOrder, Sender<io::Result<()>>);

/// Passes on what clients and server say. Nothing in it blocks but the one wait.
pub(super) struct Relaying {
    doors: Vec<Door>,
    links: Vec<Link>,
    conditions: Conditions,
    is_cut: bool,
    /// The link that comes first, so that a limit is shared by all.
    first: usize,
}

impl Relaying {
    pub(super) fn new(doors: Vec<Door>) -> Self {
        Self {
            doors,
            links: Vec::new(),
            conditions: Conditions {
                delay: Duration::ZERO,
                up: Bucket::new(),
                down: Bucket::new(),
                spare: Vec::new(),
            },
            is_cut: false,
            first: 0,
        }
    }

    /// Works until the other end of `wake` is closed. A byte there announces something in `told`.
    pub(super) fn run(mut self, mut wake: PipeReader, told: &Receiver<Told>) {
        while let Ok(is_told) = self.step(&wake) {
            if !is_told {
                continue;
            }
            match wake.read(&mut [0]) {
                Ok(1) => {}
                _ => break,
            }
            if let Ok((order, done)) = told.recv() {
                let result = self.obey(order);
                // Whoever has told it may be gone.
                let _ = done.send(result);
            }
        }
    }

    /// Waits until something happens, and passes on what has come. Returns whether there is something in `wake`.
    fn step(&mut self, wake: &PipeReader) -> io::Result<bool> {
        let now = Instant::now();
        let mut interests = vec![Interest::readable(wake.as_fd())];
        let mut until = Deadline::NONE;
        let mut sooner = |other: Deadline| {
            if let Some(left) = other.left() {
                until = until.within(left);
            }
        };
        let mut doors = Vec::with_capacity(self.doors.len());
        for door in &mut self.doors {
            let (interest, again) = door.interest();
            doors.push(interest.is_some());
            interests.extend(interest);
            sooner(again);
        }
        let mut links = Vec::with_capacity(self.links.len());
        if !self.is_cut {
            for link in &self.links {
                let before = interests.len();
                link.interests(&self.conditions, &mut interests);
                let again = link.until(&self.conditions, now);
                links.push((interests.len() - before, again));
                sooner(again);
            }
        }
        let happened = wait(&interests, until)?;
        let mut happened = happened.into_iter();
        let is_told = happened.next() == Some(true);
        let mut come = Vec::new();
        for (door, interested) in self.doors.iter_mut().zip(doors) {
            if interested && happened.next() == Some(true) {
                door.open(&mut come);
            }
        }
        let moved: Vec<bool> = links
            .into_iter()
            .map(|(count, again)| {
                // Each is looked at, since it takes its own out of all.
                let moved = happened
                    .by_ref()
                    .take(count)
                    .fold(false, |any, it| any | it);
                moved || again.has_passed()
            })
            .collect();
        self.work(moved);
        self.links.extend(come);
        Ok(is_told)
    }

    /// Has those links work that have something to do.
    fn work(&mut self, moved: Vec<bool>) {
        let (count, mut over) = (moved.len(), Vec::new());
        self.first = (self.first + 1) % count.max(1);
        for at in (self.first..count).chain(0..self.first) {
            if moved.get(at) == Some(&true)
                && let Some(link) = self.links.get_mut(at)
                && !link.work(&mut self.conditions)
            {
                over.push(at);
            }
        }
        over.sort_unstable();
        for at in over.into_iter().rev() {
            drop(self.links.remove(at));
        }
    }

    fn obey(&mut self, order: WireOrder) -> io::Result<()> {
        match order {
            WireOrder::Cut => {
                self.is_cut = true;
                self.each_door(Door::silence)
            }
            WireOrder::Refuse => self.each_door(Door::refuse),
            WireOrder::Restore => {
                self.is_cut = false;
                self.conditions.delay = Duration::ZERO;
                self.limit(None);
                self.each_door(Door::restore)?;
                self.work(vec![true; self.links.len()]);
                Ok(())
            }
            WireOrder::Delay(delay) => {
                self.conditions.delay = delay;
                Ok(())
            }
            WireOrder::Limit(limit) => {
                self.limit(Some(limit));
                Ok(())
            }
            WireOrder::Reset => {
                if !self.is_cut {
                    self.each_door(Door::let_in)?;
                }
                self.links.drain(..).for_each(|link| link.reset());
                Ok(())
            }
        }
    }

    fn limit(&mut self, limit: Option<NonZeroU64>) {
        self.conditions.up.set(limit);
        self.conditions.down.set(limit);
    }

    fn each_door(
        &mut self,
        tell: impl Fn(&mut Door, &mut Vec<Link>) -> io::Result<()>,
    ) -> io::Result<()> {
        let links = &mut self.links;
        self.doors.iter_mut().try_for_each(|door| tell(door, links))
    }
}
