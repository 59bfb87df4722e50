"""Signing what a hub publishes: keys in files, The Update Framework's roles, their rotation and renewal."""

from __future__ import annotations

from sync.trust.signing.keyring import KeyFolders, Keyring
from sync.trust.signing.lifetimes import Lifetimes
from sync.trust.signing.repository import SigningRepository
from sync.trust.signing.served import Due, days_left, role_of, target_path

__all__ = ["Due", "KeyFolders", "Keyring", "Lifetimes", "SigningRepository", "days_left", "role_of", "target_path"]
