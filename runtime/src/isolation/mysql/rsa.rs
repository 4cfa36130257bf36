//! Encryption with a server's public key, which is done once for an account. There is nothing secret in it that its timing could tell.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use sha1_smol::Sha1;

use super::packet::take;
use crate::random;

/// A public key.
#[derive(Debug, PartialEq)]
pub(super) struct Key {
    modulus: Number,
    exponent: u32,
}

/// A number, its lowest digits first. All that are calculated with have the same length.
type Number = Vec<u32>;

/// How long a hash is that masks a message.
const HASH: usize = 20;

/// The hash of an empty label.
const LABEL: [u8; HASH] = [
    0xda, 0x39, 0xa3, 0xee, 0x5e, 0x6b, 0x4b, 0x0d, 0x32, 0x55, 0xbf, 0xef, 0x95, 0x60, 0x18, 0x90,
    0xaf, 0xd8, 0x07, 0x09,
];

/// No key is longer, in bytes: who answers with nonsense must not make us calculate for long.
const LONGEST: usize = 1024;

impl Key {
    /// Reads a key in the form of a PEM file ([RFC 5280](https://www.rfc-editor.org/rfc/rfc5280#section-4.1)).
    pub(super) fn read(pem: &[u8]) -> Option<Self> {
        let pem = std::str::from_utf8(pem).ok()?;
        let (_, body) = pem.split_once("-----BEGIN PUBLIC KEY-----")?;
        let (body, _) = body.split_once("-----END PUBLIC KEY-----")?;
        let body: String = body.split_whitespace().collect();
        let bytes = BASE64.decode(body).ok()?;
        let mut whole = element(&mut &*bytes, 0x30)?;
        // Which algorithm it is for.
        element(&mut whole, 0x30)?;
        let bits = element(&mut whole, 0x03)?;
        let mut pair = element(&mut bits.get(1..)?, 0x30)?;
        let modulus = element(&mut pair, 0x02)?;
        let exponent = element(&mut pair, 0x02)?;
        let leading = modulus.iter().take_while(|byte| **byte == 0).count();
        let modulus = modulus.get(leading..)?;
        if modulus.len() < 64 || modulus.len() > LONGEST || exponent.len() > 4 {
            return None;
        }
        Some(Self {
            modulus: number(modulus),
            exponent: exponent
                .iter()
                .fold(0, |all, byte| all << 8 | u32::from(*byte)),
        })
    }

    /// Encrypts a short message, padded by OAEP ([RFC 8017](https://www.rfc-editor.org/rfc/rfc8017#section-7.1.1)).
    pub(super) fn encrypt(&self, message: &[u8]) -> std::io::Result<Vec<u8>> {
        let length = self.modulus.len() * 4;
        let seed = random::bytes::<HASH>()?;
        let most = length - 2 * HASH - 2;
        let too_long =
            || std::io::Error::other("the password is too long for the server's public key");
        let filling = most.checked_sub(message.len()).ok_or_else(too_long)?;
        let block = [&LABEL[..], &vec![0; filling], &[1], message].concat();
        let block = masked(&block, &seed);
        let seed = masked(&seed, &block);
        let padded = number(&[&[0], &*seed, &block].concat());
        let encrypted = self.power(&padded);
        Ok(encrypted
            .iter()
            .rev()
            .flat_map(|digit| digit.to_be_bytes())
            .collect())
    }

    /// The number to the power of the exponent, modulo the modulus.
    fn power(&self, base: &Number) -> Number {
        let bits = u32::BITS - self.exponent.leading_zeros();
        let mut result = base.clone();
        for bit in (0..bits.saturating_sub(1)).rev() {
            result = self.product(&result, &result);
            if self.exponent >> bit & 1 == 1 {
                result = self.product(&result, base);
            }
        }
        result
    }

    fn product(&self, a: &Number, b: &Number) -> Number {
        let mut result = vec![0; self.modulus.len()];
        for digit in a.iter().rev() {
            for bit in (0..u32::BITS).rev() {
                let doubled = result.clone();
                self.add(&mut result, &doubled);
                if digit >> bit & 1 == 1 {
                    self.add(&mut result, b);
                }
            }
        }
        result
    }

    /// Adds a number that is below the modulus to one that is, too.
    fn add(&self, sum: &mut Number, other: &Number) {
        let mut carry = 0;
        for (digit, other) in sum.iter_mut().zip(other) {
            let total = u64::from(*digit) + u64::from(*other) + carry;
            (*digit, carry) = (total as u32, total >> 32);
        }
        if carry == 1 || sum.iter().rev().ge(self.modulus.iter().rev()) {
            let mut borrow = 0;
            for (digit, other) in sum.iter_mut().zip(&self.modulus) {
                let total = i64::from(*digit) - i64::from(*other) + borrow;
                (*digit, borrow) = (total as u32, total >> 32);
            }
        }
    }
}

/// The number that these bytes are, the highest first.
fn number(bytes: &[u8]) -> Number {
    let digit = |bytes: &[u8]| {
        bytes
            .iter()
            .fold(0, |all, byte| all << 8 | u32::from(*byte))
    };
    bytes.rchunks(4).map(digit).collect()
}

/// A message under a mask that a seed gives.
fn masked(message: &[u8], seed: &[u8]) -> Vec<u8> {
    let block = |count: u32| {
        Sha1::from([seed, &count.to_be_bytes()].concat())
            .digest()
            .bytes()
    };
    let mask = (0..).flat_map(block);
    message.iter().zip(mask).map(|(a, b)| a ^ b).collect()
}

/// Takes an element of this kind off the front; what is in it.
fn element<'a>(bytes: &mut &'a [u8], kind: u8) -> Option<&'a [u8]> {
    let [found, first] = *take(bytes, 2) else {
        return None;
    };
    let length = match first {
        // The number of bytes that the length is in.
        0x81 | 0x82 => {
            let length = take(bytes, usize::from(first & 0x7f));
            length
                .iter()
                .fold(0, |all, byte| all << 8 | usize::from(*byte))
        }
        short => usize::from(short),
    };
    let taken = take(bytes, length);
    (found == kind && taken.len() == length).then_some(taken)
}
