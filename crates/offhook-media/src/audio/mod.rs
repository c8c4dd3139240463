//! Linear audio: conversion of the sample rate.

pub mod resample;
