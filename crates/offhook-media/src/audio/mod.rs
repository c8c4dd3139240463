//! Linear audio: conversion of the sample rate, tones made and found in it.

pub mod dual_tone;
pub mod goertzel;
pub mod hold_music;
pub mod resample;
pub mod tone;
pub mod voice;
