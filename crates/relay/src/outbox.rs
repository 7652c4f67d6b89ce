//! What waits for one stream.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Payload that may wait. More would only be older when it arrives: media that is late is of no use.
const DATA: usize = 128 * 1024;

/// Answers may use so much more. Who lets even that run over does not read.
const ANSWERS: usize = 16 * 1024;

/// Bytes for one stream, in a buffer that is used again and again. A push never waits.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    queue: Mutex<Queue>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Queue {
    bytes: Vec<u8>,
    overflowed: bool,
}

impl Outbox {
    /// Adds a datagram's bytes, or drops them: it is still UDP that is carried. Whether they were added.
    pub(crate) fn push_data(&self, bytes: &[u8]) -> bool {
        let mut queue = self.queue();
        if queue.overflowed || queue.bytes.len() + bytes.len() > DATA {
            return false;
        }
        queue.bytes.extend_from_slice(bytes);
        drop(queue);
        self.changed.notify_one();
        true
    }

    /// Adds an answer. A stream has no retransmission, so that one that does not fit ends the stream.
    pub(crate) fn push_answer(&self, bytes: &[u8]) {
        let mut queue = self.queue();
        if queue.bytes.len() + bytes.len() > DATA + ANSWERS {
            queue.overflowed = true;
        } else {
            queue.bytes.extend_from_slice(bytes);
        }
        drop(queue);
        self.changed.notify_one();
    }

    /// Waits for bytes and swaps them for `empty`. Whether the stream goes on.
    pub(crate) async fn take(&self, empty: &mut Vec<u8>) -> bool {
        empty.clear();
        loop {
            {
                let mut queue = self.queue();
                if queue.overflowed {
                    return false;
                }
                if !queue.bytes.is_empty() {
                    std::mem::swap(&mut queue.bytes, empty);
                    return true;
                }
            }
            self.changed.notified().await;
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn payload_past_the_bound_is_dropped_and_answers_still_fit() {
        let outbox = Outbox::default();
        assert!(outbox.push_data(&vec![1; DATA]));
        assert!(!outbox.push_data(&[2]));
        outbox.push_answer(&[3]);
        let mut bytes = vec![9; 10];
        assert!(outbox.take(&mut bytes).await);
        assert_eq!(bytes.len(), DATA + 1);
        assert_eq!(bytes.last(), Some(&3));
        assert!(outbox.push_data(&[4]), "what was taken counts no more");
    }

    #[tokio::test]
    async fn answers_that_nobody_reads_end_the_stream() {
        let outbox = Outbox::default();
        (0..=(DATA + ANSWERS) / 1024).for_each(|_| outbox.push_answer(&[0; 1024]));
        assert!(!outbox.take(&mut Vec::new()).await);
        assert!(!outbox.push_data(&[1]));
    }

    #[tokio::test]
    async fn the_memory_is_used_again() {
        let outbox = Outbox::default();
        let mut bytes = Vec::with_capacity(1000);
        let first = bytes.as_ptr();
        outbox.push_data(&[1]);
        assert!(outbox.take(&mut bytes).await);
        outbox.push_data(&[2]);
        assert!(outbox.take(&mut bytes).await);
        assert_eq!((bytes.as_ptr(), &bytes[..]), (first, &[2][..]));
    }
}
