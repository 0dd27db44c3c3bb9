//! Trees of files with content that repeats nowhere and is the same in every run.

use std::{
    error::Error,
    fs::{self, File},
    io::Write,
    path::{Path, PathBuf},
};

use clap::Subcommand;

/// Files in one folder.
const PER_FOLDER: u64 = 200;
/// Bytes written at once.
const CHUNK: u64 = 1 << 20;

/// What kind of tree.
#[derive(Debug, Subcommand)]
pub enum Shape {
    /// Many files of one size.
    Even {
        /// Where; must not exist.
        folder: PathBuf,
        /// How many.
        files: u64,
        /// Bytes each.
        size: u64,
    },
    /// Uploads of mixed sizes: most of 4 KiB, a fifth of 64 KiB, a twentieth of 512 KiB, one in 2,000 of 20 MiB.
    Uploads {
        /// Where; must not exist.
        folder: PathBuf,
        /// How many.
        files: u64,
    },
    /// Files from nothing to 64 MiB, as folders of people have them: most small, most bytes in a few large ones.
    Mixed {
        /// Where; must not exist.
        folder: PathBuf,
        /// How many.
        files: u64,
    },
}

pub fn make(shape: &Shape) -> Result<(), Box<dyn Error>> {
    let (folder, files) = match shape {
        Shape::Even { folder, files, .. } | Shape::Mixed { folder, files } | Shape::Uploads { folder, files } => {
            (folder, *files)
        }
    };
    fs::create_dir(folder)?;
    let mut noise = Noise(0x9e37_79b9_7f4a_7c15);
    for number in 0..files {
        let size = match shape {
            Shape::Even { size, .. } => *size,
            Shape::Uploads { .. } => upload_size(number),
            Shape::Mixed { .. } => mixed_size(&mut noise),
        };
        if number % PER_FOLDER == 0 {
            fs::create_dir_all(place(folder, number))?;
        }
        write(&place(folder, number).join(format!("file-{number:07}.dat")), size, &mut noise)?;
    }
    Ok(())
}

fn place(folder: &Path, number: u64) -> PathBuf {
    let at = number / PER_FOLDER;
    folder.join(format!("part-{:03}", at / 50)).join(format!("folder-{at:05}"))
}

fn upload_size(number: u64) -> u64 {
    match number {
        number if number % 2000 == 1000 => 20 << 20,
        number if number % 20 == 0 => 512 << 10,
        number if number % 5 == 0 => 64 << 10,
        _ => 4 << 10,
    }
}

/// 70 % below 16 KiB, 22 % below 512 KiB, 7 % below 4 MiB, 1 % below 64 MiB.
fn mixed_size(noise: &mut Noise) -> u64 {
    let limit = match noise.next() % 100 {
        0..70 => 16 << 10,
        70..92 => 512 << 10,
        92..99 => 4 << 20,
        _ => 64 << 20,
    };
    noise.next() % limit
}

fn write(path: &Path, size: u64, noise: &mut Noise) -> std::io::Result<()> {
    let mut file = File::create_new(path)?;
    let mut left = size;
    while left > 0 {
        let some = left.min(CHUNK);
        file.write_all(&noise.bytes(some as usize))?;
        left -= some;
    }
    Ok(())
}

/// Numbers that look random (xorshift64*).
pub struct Noise(pub u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// So many bytes.
    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        let mut bytes = vec![0; len];
        for chunk in bytes.chunks_mut(8) {
            let word = self.next().to_le_bytes();
            chunk.copy_from_slice(&word[..chunk.len()]);
        }
        bytes
    }
}
