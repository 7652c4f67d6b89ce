//! Datagrams that leave with one system call.

/// Datagrams that one system call may send: what the kernel takes at most (`UDP_MAX_SEGMENTS`).
const LONGEST: usize = 64;

/// Bytes of them: less than one IP packet has, which is what the kernel takes them for until it cuts them up.
const LARGEST: usize = 65_000;

/// A larger datagram travels alone. A kernel refuses to cut pieces that the path does not take, and older ones do it with the
/// code that means that they cannot cut at all.
const LARGEST_COUPLED: usize = 1_400;

/// Datagrams to one address, one behind the other. All are of the same size but the last, which may be smaller: so the
/// kernel, or the network card, cuts them apart (`UDP_SEGMENT`), and what is on the wire are the same packets as if each had been
/// sent by itself.
#[derive(Debug, Default)]
pub(crate) struct Train {
    bytes: Vec<u8>,
    /// Bytes of [`bytes`](Self::bytes) that belong to the train. What is behind them was written and not coupled.
    coupled: usize,
    count: usize,
    segment: usize,
    is_complete: bool,
}

impl Train {
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Where the next datagram is to be written, behind what is there.
    pub(crate) fn tail(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Makes what was written a part of the train. Where it does not fit, it stays behind: [`depart`](Self::depart) and
    /// couple it again. An empty train takes everything. `longest` is how many datagrams may travel together.
    pub(crate) fn couple(&mut self, longest: usize) -> bool {
        let length = self.bytes.len() - self.coupled;
        if self.count == 0 {
            self.segment = length;
            self.is_complete = length == 0 || length > LARGEST_COUPLED;
        } else {
            let fits = (1..=self.segment).contains(&length)
                && !self.is_complete
                && self.count < longest.min(LONGEST)
                && self.bytes.len() <= LARGEST;
            if !fits {
                return false;
            }
            self.is_complete = length < self.segment;
        }
        self.count += 1;
        self.coupled = self.bytes.len();
        true
    }

    /// How many datagrams it has.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// All datagrams, and the size of each but the last.
    pub(crate) fn contents(&self) -> (&[u8], usize) {
        (&self.bytes[..self.coupled], self.segment)
    }

    /// Each datagram.
    pub(crate) fn datagrams(&self) -> impl Iterator<Item = &[u8]> {
        let at = |n: usize| (n * self.segment).min(self.coupled);
        (0..self.count).map(move |n| &self.bytes[at(n)..at(n + 1)])
    }

    /// Empties it. What was written and not coupled stays.
    pub(crate) fn depart(&mut self) {
        self.bytes.drain(..self.coupled);
        (self.coupled, self.count) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The trains that datagrams of these sizes make.
    fn trains(sizes: &[usize], longest: usize) -> Vec<Vec<usize>> {
        let mut train = Train::default();
        let mut departed = Vec::new();
        let mut leave = |train: &mut Train| {
            departed.push(train.datagrams().map(<[u8]>::len).collect());
            let (bytes, segment) = train.contents();
            let together: Vec<&[u8]> = train.datagrams().collect();
            assert_eq!(together.concat(), bytes);
            assert!(together.len() < 2 || together.iter().rev().skip(1).all(|datagram| datagram.len() == segment));
            train.depart();
        };
        for (n, &size) in sizes.iter().enumerate() {
            let end = train.tail().len() + size;
            train.tail().resize(end, n as u8);
            if !train.couple(longest) {
                leave(&mut train);
                assert!(train.couple(longest), "an empty train takes everything");
            }
            let last = train.datagrams().last().expect("it was coupled");
            assert_eq!(last, vec![n as u8; size]);
        }
        if !train.is_empty() {
            leave(&mut train);
        }
        departed
    }

    #[test]
    fn datagrams_of_one_size_travel_together_and_a_smaller_one_ends_the_train() {
        assert_eq!(trains(&[9, 9, 9], 64), [[9, 9, 9]]);
        assert_eq!(trains(&[9, 9, 4, 4, 9], 64), [&[9, 9, 4][..], &[4], &[9]]);
        assert_eq!(trains(&[4, 9, 9], 64), [&[4][..], &[9, 9]]);
        assert!(trains(&[], 64).is_empty());
    }

    #[test]
    fn a_datagram_without_payload_travels_alone() {
        assert_eq!(trains(&[0, 0, 5, 0, 5], 64), [[0], [0], [5], [0], [5]]);
    }

    #[test]
    fn a_datagram_that_a_path_might_not_take_travels_alone() {
        assert_eq!(
            trains(&[1_401, 1_401, 1_400, 1_400], 64),
            [&[1_401][..], &[1_401], &[1_400, 1_400]]
        );
    }

    #[test]
    fn no_train_is_longer_than_the_kernel_takes() {
        let lengths = |trains: Vec<Vec<usize>>| trains.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(lengths(trains(&[1; 150], 1_000)), [64, 64, 22]);
        assert_eq!(lengths(trains(&[1_400; 60], 1_000)), [46, 14]);
        assert_eq!(lengths(trains(&[7; 3], 1)), [1, 1, 1]);
    }
}
