//! The filter of known breaches, beside a sorted list of the same hashes in memory.

use std::{
    fs::File,
    io::{BufReader, BufWriter, Write as _},
    path::Path,
    time::Instant,
};

use passwords::{
    Password,
    breaches::{Filter, Imported, Sha1, import},
};
use store::Engine;
use time_and_chance::{Chance as _, SeededChance};

use crate::{Fault, figure::Figure, stage::Stage};

const HASHES: usize = 10_000_000;
/// Of them, those of passwords that can be asked for.
const KNOWN: usize = 100_000;
const STRANGERS: usize = 4_000_000;
const MOST_BYTES: f64 = 2.4;
const LEAST_BETWEEN: f64 = 50_000.0;
const MOST_MICROS: f64 = 1.0;

/// Makes a list of ten million hashes into a filter, and looks up what is in it and what is not. It has nothing to do with the
/// engine, so it is done once.
pub fn breaches(stage: &Stage) -> Result<Vec<Figure>, Fault> {
    if stage.engine() != Engine::Sqlite {
        return Ok(Vec::new());
    }
    let (list, target) = (stage.folder().join("hashes.txt"), stage.folder().join("breaches.filter"));
    let sorted = write_list(&list)?;
    let begun = Instant::now();
    let imported: Imported = import(BufReader::with_capacity(1 << 20, File::open(&list)?), &target)?;
    let took = begun.elapsed();
    let filter = Filter::open(&target)?;
    let known = hashes("known", KNOWN)?;
    // The first look reads each shard.
    if !all_there(&filter, &known)? {
        return Err("a known password is not known".into());
    }
    let begun = Instant::now();
    all_there(&filter, &known)?;
    let look = begun.elapsed().as_secs_f64() * 1e6 / count(KNOWN);
    let begun = Instant::now();
    let found = known.iter().filter(|sha1| sorted.binary_search(&bytes_of(sha1)).is_ok()).count();
    let listed = begun.elapsed().as_secs_f64() * 1e6 / count(KNOWN);
    if found != KNOWN {
        return Err("the sorted list lacks a known password".into());
    }
    let mut alarms = 0;
    for stranger in hashes("stranger", STRANGERS)? {
        alarms += usize::from(filter.contains(&stranger)?);
    }
    let per_hash = count(usize::try_from(imported.bytes)?) / count(usize::try_from(imported.hashes)?);
    let between = count(STRANGERS) / count(alarms.max(1));
    let whole = count(HASHES * 20) / count(usize::try_from(imported.hashes)?);
    let figure =
        |what: &str, measured: String, baseline: String, ratio: f64, target: String, holds: bool| Figure {
            what: what.to_owned(),
            engine: stage.engine(),
            measured,
            baseline,
            ratio,
            target,
            holds: Some(holds),
        };
    Ok(vec![
        figure(
            "breach filter of 10 million hashes, a hash",
            format!("{per_hash:.2} bytes, made in {:.1} s", took.as_secs_f64()),
            format!("the hashes themselves: {whole:.0} bytes"),
            per_hash / whole,
            format!("at most {MOST_BYTES} bytes"),
            per_hash <= MOST_BYTES,
        ),
        figure(
            "breach filter, false alarms",
            format!("1 in {between:.0} ({alarms} of {STRANGERS})"),
            "none: a list of the hashes".to_owned(),
            1.0 / between,
            format!("fewer than 1 in {LEAST_BETWEEN:.0}"),
            between > LEAST_BETWEEN,
        ),
        figure(
            "breach filter, a look-up",
            format!("{look:.2} µs"),
            format!("binary search in the sorted hashes in memory: {listed:.2} µs"),
            look / listed,
            format!("at most {MOST_MICROS} µs"),
            look <= MOST_MICROS,
        ),
    ])
}

fn all_there(filter: &Filter, known: &[Sha1]) -> Result<bool, Fault> {
    for sha1 in known {
        if !filter.contains(sha1)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn hashes(of: &str, many: usize) -> Result<Vec<Sha1>, Fault> {
    (0..many).map(|at| Ok(Sha1::of(&Password::new(format!("{of} {at}"))?))).collect()
}

fn bytes_of(sha1: &Sha1) -> [u8; 20] {
    let text = format!("{}{}", sha1.prefix(), sha1.suffix());
    let mut bytes = [0; 20];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).unwrap_or("0");
        *byte = u8::from_str_radix(digits, 16).unwrap_or_default();
    }
    bytes
}

/// A list as the downloader writes it, and the same in memory.
fn write_list(path: &Path) -> Result<Vec<[u8; 20]>, Fault> {
    let chance = SeededChance::new(1);
    let mut all: Vec<[u8; 20]> = hashes("known", KNOWN)?.iter().map(bytes_of).collect();
    all.resize_with(HASHES, || {
        let mut hash = [0; 20];
        chance.fill(&mut hash);
        hash
    });
    all.sort_unstable();
    all.dedup();
    let mut list = BufWriter::new(File::create(path)?);
    for hash in &all {
        for byte in hash {
            write!(list, "{byte:02X}")?;
        }
        list.write_all(b":7\r\n")?;
    }
    list.flush()?;
    Ok(all)
}

#[expect(clippy::cast_precision_loss, reason = "nothing here has 2^52 of anything")]
fn count(of: usize) -> f64 {
    of as f64
}
