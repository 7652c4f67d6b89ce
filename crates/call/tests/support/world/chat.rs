//! What people say and show, and whether everybody sees the same.

use std::collections::BTreeSet;

use call::chat::{Author, Receipt};
use call::{Input, Person};
use protocol::PeerId;
use protocol::peer_message::Emoji;

use super::page::Page;
use super::{NAMES, World};

impl World {
    /// Some lines. No two are the same.
    pub(super) fn say(&mut self, page: usize) -> Result<(), String> {
        for _ in 0..self.rng.u32(1..4) {
            self.lines += 1;
            let (id, text) = (self.rng.u64(..), format!("{} {}", NAMES[page], self.lines));
            self.handle(page, Input::Say { id, text })?;
        }
        Ok(())
    }

    /// The hand goes up, or down.
    pub(super) fn raise(&mut self, page: usize) -> Result<(), String> {
        let is_up = |state: &Page| state.hands.contains(&Person::Me);
        let up = !self.pages[page].as_ref().is_some_and(is_up);
        self.handle(page, Input::RaiseHand(up))
    }

    pub(super) fn react(&mut self, page: usize) -> Result<(), String> {
        let emoji = Emoji::ALL[self.rng.usize(0..Emoji::ALL.len())];
        self.handle(page, Input::React(emoji))
    }

    /// Whether everybody has everybody's lines once, in the same order, and sees the same hands. Where data channels are closed and the
    /// connection stays, something may be missing.
    pub(super) fn check_talk(&self) -> Result<(), String> {
        let pages = || {
            self.pages
                .iter()
                .enumerate()
                .filter_map(|(n, page)| Some((n, page.as_ref()?)))
        };
        let hands = |page: &Page| -> Vec<Option<PeerId>> {
            let seat = |person: &Person| match person {
                Person::Me => page.seat,
                Person::Peer(peer) => Some(*peer),
            };
            page.hands.iter().map(seat).collect()
        };
        for (n, page) in pages() {
            let wrong = |what: String| Err(format!("{}: {what}", NAMES[n]));
            if !page.reactions.is_empty() {
                return wrong("still shows reactions".into());
            }
            let lines = texts(page);
            if lines.iter().collect::<BTreeSet<_>>().len() != lines.len() {
                return wrong(format!("shows a line twice: {lines:?}"));
            }
            for (m, other) in pages().filter(|(m, _)| *m != n) {
                let there = texts(other);
                self.check_order(&lines, &there)
                    .or_else(|what| wrong(format!("{what}; {} has {there:?}", NAMES[m])))?;
                if self.is_any_cut_off() {
                    continue;
                }
                for (text, receipt) in own(page, other.seat) {
                    if !there.contains(&text) {
                        return wrong(format!("has said {text}, and {} does not know it", NAMES[m]));
                    }
                    if !matches!(receipt, Some(Receipt::Delivered | Receipt::Later)) {
                        return wrong(format!("does not know that {} has {text}: {receipt:?}", NAMES[m]));
                    }
                }
                if hands(page) != hands(other) {
                    return wrong(format!("sees {:?}, {} {:?}", hands(page), NAMES[m], hands(other)));
                }
            }
        }
        Ok(())
    }

    /// Whether two pages have what both have in one order. Lines with equal numbers of somebody with two seats are excused: they may have
    /// arrived under either.
    fn check_order(&self, here: &[String], there: &[String]) -> Result<(), String> {
        let is_excused = |text: &String| self.reseated.iter().any(|n| text.starts_with(NAMES[*n]));
        let common = |of: &[String], other: &[String]| -> Vec<String> {
            let both = of.iter().filter(|text| other.contains(text) && !is_excused(text));
            both.cloned().collect()
        };
        if common(here, there) != common(there, here) {
            return Err(format!("has {here:?}"));
        }
        Ok(())
    }
}

/// All lines of a page.
fn texts(page: &Page) -> Vec<String> {
    page.call.chat().lines().map(|line| line.text.into()).collect()
}

/// What this page itself has said, and whether a peer has got it.
fn own(page: &Page, peer: Option<PeerId>) -> Vec<(String, Option<Receipt>)> {
    let lines = page.call.chat().lines();
    let own = lines.filter_map(|line| match line.author {
        Author::Me(receipts) => Some((line.text.to_owned(), peer.and_then(|peer| receipts.of(peer)))),
        Author::Peer { .. } => None,
    });
    own.collect()
}
