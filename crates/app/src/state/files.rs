//! Files that go from person to person.

use call::files::{FileId, FileState, FileView};
use leptos::prelude::*;
use protocol::peer_message::FileKind;

/// What is shown of files.
#[derive(Clone, Copy)]
pub struct FileSignals {
    /// All of them, in the order in which they came to be.
    pub list: RwSignal<Vec<ShownFile>>,
    /// Files are dragged over the call, and can be dropped.
    pub over: RwSignal<bool>,
    /// Somebody offers a file, and the person has not looked since.
    pub news: RwSignal<Option<String>>,
    /// How the newest ended of those that have, for somebody who hears the page.
    pub ended: RwSignal<Option<String>>,
}

/// A file that the person sends, to one or several others, or one that they are sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownFile {
    /// Tells it from every other file.
    pub number: u64,
    /// The person sends it.
    pub is_own: bool,
    /// What it is called.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Its sender's word.
    pub kind: FileKind,
    /// To each of those whom it is sent to, or from the one who sends it.
    pub transfers: Vec<Transfer>,
}

/// A file on its way between two people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Tells it from every other one.
    pub id: FileId,
    /// To whom, or from whom.
    pub person: String,
    /// Bytes that have gone or come.
    pub done: u64,
    /// How it stands.
    pub state: FileState,
}

impl Transfer {
    /// Nothing more happens to it.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, FileState::Complete | FileState::Ended(_))
    }
}

impl ShownFile {
    /// It was received, and can be saved.
    pub(crate) fn can_be_saved(&self) -> bool {
        !self.is_own && self.transfers.iter().any(|of| of.state == FileState::Complete)
    }
}

impl FileSignals {
    pub(super) fn new() -> Self {
        Self {
            list: RwSignal::default(),
            over: RwSignal::new(false),
            news: RwSignal::new(None),
            ended: RwSignal::new(None),
        }
    }

    /// What was news is known.
    pub(crate) fn forget_news(self) {
        if self.news.with_untracked(Option::is_some) {
            self.news.set(None);
        }
    }

    /// One of the transfers, as it stands.
    pub(crate) fn transfer(self, id: FileId) -> Option<Transfer> {
        self.list.with(|files| {
            let mut all = files.iter().flat_map(|file| &file.transfers);
            all.find(|of| of.id == id).cloned()
        })
    }
}

/// What is sent to several people is one file. `group_of` says which offers are of the same file.
pub(crate) fn grouped(views: &[FileView], group_of: impl Fn(u64) -> u32) -> Vec<ShownFile> {
    let mut files: Vec<ShownFile> = Vec::new();
    for view in views {
        let (is_own, number) = match view.id {
            FileId::Sent(id) => (true, group_of(id)),
            FileId::Received(number) => (false, number),
        };
        // Even ones are received.
        let number = u64::from(number) * 2 + u64::from(is_own);
        let transfer = Transfer {
            id: view.id,
            person: view.peer_name.clone(),
            done: view.done,
            state: view.state,
        };
        if let Some(file) = files.iter_mut().find(|file| file.number == number) {
            file.transfers.push(transfer);
        } else {
            files.push(ShownFile {
                number,
                is_own,
                name: view.name.clone(),
                size: view.size,
                kind: view.kind,
                transfers: vec![transfer],
            });
        }
    }
    files
}

#[cfg(test)]
mod tests {
    use protocol::PeerId;

    use super::*;

    fn view(id: FileId, name: &str, person: &str) -> FileView {
        FileView {
            id,
            peer: PeerId::from_random_bytes([1; 16]),
            peer_name: person.to_owned(),
            name: name.to_owned(),
            size: 5,
            kind: FileKind::Text,
            done: 0,
            state: FileState::Offered,
        }
    }

    #[test]
    fn a_file_for_several_people_is_one_file_and_those_that_come_are_each_their_own() {
        let views = [
            view(FileId::Sent(900), "a", "Ada"),
            view(FileId::Received(1), "x", "Ada"),
            view(FileId::Sent(700), "a", "Ben"),
            view(FileId::Sent(800), "a", "Ben"),
            view(FileId::Received(2), "x", "Ada"),
        ];
        let files = grouped(&views, |id| u32::from(id == 800));
        let said: Vec<(bool, Vec<&str>)> = files
            .iter()
            .map(|file| {
                (
                    file.is_own,
                    file.transfers.iter().map(|of| of.person.as_str()).collect(),
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                (true, vec!["Ada", "Ben"]),
                (false, vec!["Ada"]),
                (true, vec!["Ben"]),
                (false, vec!["Ada"]),
            ]
        );
        let mut numbers: Vec<u64> = files.iter().map(|file| file.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        assert_eq!(numbers.len(), 4);
    }
}
