"""Signing what a hub publishes: keys in files, The Update Framework's roles, their rotation and renewal."""

from __future__ import annotations

from sync.trust.signing.keyring import KeyFolders, Keyring
from sync.trust.signing.lifetimes import Lifetimes
from sync.trust.signing.repository import Due, SigningRepository, role_of, target_path

__all__ = ["Due", "KeyFolders", "Keyring", "Lifetimes", "SigningRepository", "role_of", "target_path"]
