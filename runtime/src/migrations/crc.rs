//! CRC-32, as in zip files.

/// The sum of some bytes.
pub(super) fn crc32(bytes: impl IntoIterator<Item = u8>) -> u32 {
    let table: [u32; 256] = std::array::from_fn(|byte| of_bits(byte as u32));
    let sum = bytes.into_iter().fold(u32::MAX, |sum, byte| {
        let [lowest, ..] = sum.to_le_bytes();
        let entry = table.get(usize::from(lowest ^ byte)).copied();
        (sum >> 8) ^ entry.unwrap_or_default()
    });
    !sum
}

fn of_bits(byte: u32) -> u32 {
    (0..8).fold(byte, |sum, _| match sum & 1 {
        0 => sum >> 1,
        _ => (sum >> 1) ^ 0xedb8_8320,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_sum_that_it_is_named_after() {
        assert_eq!(crc32(*b"123456789"), 0xcbf4_3926);
    }
}
