//! Linear audio: conversion of the sample rate, tones found in it.

pub mod dual_tone;
pub mod goertzel;
pub mod resample;
