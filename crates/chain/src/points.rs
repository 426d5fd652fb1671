//! What heads say of chains. Each of it has to hold, not only the newest: a chain that was written anew and grew into a later
//! head fits to that one.

use std::collections::{BTreeMap, HashMap};

/// How far a chain had come, and which head says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Point {
    pub sequence: u64,
    pub hash: crate::Hash,
    pub head: u64,
}

/// All of them: 48 bytes for each time that a head names a chain.
#[derive(Debug, Default)]
pub(crate) struct Points {
    of: HashMap<String, Vec<Point>>,
    /// Heads that were made right after a restore, and the last head that the restored database knew.
    restored: BTreeMap<u64, u64>,
}

impl Points {
    /// A head says this about a chain.
    pub fn add(&mut self, chain: &str, point: Point) {
        match self.of.get_mut(chain) {
            Some(points) => points.push(point),
            None => drop(self.of.insert(chain.to_owned(), vec![point])),
        }
    }

    /// What heads said after the head `after` and before `head` was undone by a restore, and holds no longer.
    pub fn restored(&mut self, head: u64, after: u64) {
        self.restored.insert(head, after);
    }

    /// What has to hold of a chain, by its sequence.
    pub fn of(&self, chain: &str) -> Vec<Point> {
        let undone = self.undone();
        let mut points = self.of.get(chain).map_or_else(Vec::new, |points| standing(points, &undone));
        points.sort_by_key(|point| (point.sequence, point.head));
        points
    }

    /// The furthest of each chain.
    pub fn furthest(&self) -> impl Iterator<Item = (&str, Point)> {
        let undone = self.undone();
        self.of.iter().filter_map(move |(chain, points)| {
            let points = standing(points, &undone).into_iter();
            Some((chain.as_str(), points.max_by_key(|point| (point.sequence, point.head))?))
        })
    }

    /// Heads that know less of a chain than an earlier one, with the chain.
    pub fn went_back(&self) -> Vec<(u64, &str)> {
        let undone = self.undone();
        let mut back = Vec::new();
        for (chain, points) in &self.of {
            let mut points = standing(points, &undone);
            points.sort_by_key(|point| point.head);
            let mut furthest: Option<Point> = None;
            for point in points {
                let fits = furthest.is_none_or(|known| {
                    point.sequence > known.sequence
                        || (point.sequence == known.sequence && point.hash == known.hash)
                });
                if fits {
                    furthest = Some(point);
                } else {
                    back.push((point.head, chain.as_str()));
                }
            }
        }
        back.sort_unstable();
        back
    }

    /// What restores undid: after this head and before that one. A restore that a later one undid undoes nothing.
    fn undone(&self) -> Vec<(u64, u64)> {
        let mut undone: Vec<(u64, u64)> = Vec::new();
        for (head, after) in self.restored.iter().rev() {
            if !is_undone(*head, &undone) {
                undone.push((*after, *head));
            }
        }
        undone
    }
}

fn is_undone(head: u64, undone: &[(u64, u64)]) -> bool {
    undone.iter().any(|(after, before)| head > *after && head < *before)
}

fn standing(points: &[Point], undone: &[(u64, u64)]) -> Vec<Point> {
    points.iter().filter(|point| !is_undone(point.head, undone)).copied().collect()
}
