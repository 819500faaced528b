"""Runtimes run a network on an array: OpenVINO on CPUs, torch on CUDA and Apple GPUs."""

from uprez.runtimes.device import Device, choose_device
from uprez.runtimes.protocol import Runtime

__all__ = ["Device", "Runtime", "choose_device"]
