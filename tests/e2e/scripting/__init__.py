# SPDX-License-Identifier: GPL-3.0-or-later
"""What the Script page is built on: files of the workspace, runs by hand, debugging."""
