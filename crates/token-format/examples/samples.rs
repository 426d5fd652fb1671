//! Made-up tokens and the rules that find them, for `scripts/scanners/check.sh`.
//!
//! `samples tokens` prints a line `KIND TEXT` for each; `samples rules SCANNER` prints the rules. The prefixes come from
//! `TOKEN_PREFIXES`, the current one first; by default `acme oldacme`.
#![expect(clippy::print_stdout, reason = "its output is what it is for")]

use std::error::Error;

use token_format::fuzzing::seeded;
use token_format::patterns::{Scanner, pattern};
use token_format::{Prefix, Prefixes, mint};

fn main() -> Result<(), Box<dyn Error>> {
    let prefixes = prefixes()?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["tokens"] => print_tokens(&prefixes),
        ["rules", scanner] => print!("{}", pattern(scanner.parse::<Scanner>()?, &prefixes)),
        _ => return Err("usage: samples tokens | samples rules SCANNER".into()),
    }
    Ok(())
}

fn prefixes() -> Result<Prefixes, Box<dyn Error>> {
    let names = std::env::var("TOKEN_PREFIXES").unwrap_or_else(|_| "acme oldacme".to_owned());
    let mut known = names.split_whitespace().map(Prefix::new).collect::<Result<Vec<_>, _>>()?.into_iter();
    let current = known.next().ok_or("TOKEN_PREFIXES is empty")?;
    Ok(Prefixes::new(current, known.collect())?)
}

/// `checked` is to be found by all, `unchecked` unless the checksum is looked at, `placeholder` only where entropy is not
/// looked at, and `never` by none.
fn print_tokens(prefixes: &Prefixes) {
    let mut fill = seeded(8959);
    for prefix in prefixes.all() {
        for _ in 0..8 {
            println!("checked {}", mint(prefix, &mut fill).expose());
        }
        println!("unchecked {}", with_a_wrong_checksum(mint(prefix, &mut fill).expose()));
        let token = mint(prefix, &mut fill);
        let token = token.expose();
        println!("never {}", &token[..token.len() - 1]);
        println!("never {token}7");
        println!("never x{token}");
        println!("never {}", token.to_uppercase());
        println!("never {}", token.replacen('_', "-", 1));
        println!("placeholder {prefix}_{}", "x".repeat(64));
    }
}

fn with_a_wrong_checksum(token: &str) -> String {
    let (rest, last) = token.split_at(token.len() - 1);
    format!("{rest}{}", if last == "0" { '1' } else { '0' })
}
