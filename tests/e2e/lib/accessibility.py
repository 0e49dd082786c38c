# SPDX-License-Identifier: GPL-3.0-or-later
"""What a screen reader sees of a program, read over D-Bus (AT-SPI): names, roles, states, places.

Tests find widgets by it, so a widget without a name is a failure of its own.
"""

import dbus
import dbus.bus

ACCESSIBLE = "org.a11y.atspi.Accessible"
COMPONENT = "org.a11y.atspi.Component"
TEXT = "org.a11y.atspi.Text"
ROOT = "/org/a11y/atspi/accessible/root"
SCREEN = 0  # coordinates of the screen

MOST_CHILDREN = 400

# Bits of the state words that tests ask about (enum AtspiStateType).
STATES = {
    "checked": 4, "enabled": 8, "focused": 12, "selected": 23, "sensitive": 24, "showing": 25,
    "visible": 30,
}  # fmt: skip


class Node:
    """One widget, or one item of a view."""

    def __init__(self, bus, name, path):
        self._bus = bus
        self.key = (str(name), str(path))
        self._object = bus.get_object(name, path, introspect=False)

    def _call(self, interface, method, *args):
        return self._object.get_dbus_method(method, interface)(*args, timeout=10)

    def _property(self, interface, name):
        return self._call("org.freedesktop.DBus.Properties", "Get", interface, name)

    @property
    def name(self):
        return str(self._property(ACCESSIBLE, "Name"))

    @property
    def role(self):
        return str(self._call(ACCESSIBLE, "GetRoleName"))

    @property
    def states(self):
        low, high = self._call(ACCESSIBLE, "GetState")
        bits = int(low) | int(high) << 32
        return {state for state, bit in STATES.items() if bits >> bit & 1}

    @property
    def extents(self):
        """x, y, width and height on the screen."""
        return tuple(int(n) for n in self._call(COMPONENT, "GetExtents", dbus.UInt32(SCREEN)))

    @property
    def text(self):
        """The whole text of an input or a view of text."""
        return str(self._call(TEXT, "GetText", dbus.Int32(0), dbus.Int32(-1)))

    @property
    def children(self):
        count = int(self._property(ACCESSIBLE, "ChildCount"))
        if count <= MOST_CHILDREN:
            found = self._call(ACCESSIBLE, "GetChildren")
        else:  # a view of very many rows: its beginning and its end
            wanted = [*range(MOST_CHILDREN // 2), *range(count - MOST_CHILDREN // 2, count)]
            found = [self._call(ACCESSIBLE, "GetChildAtIndex", dbus.Int32(n)) for n in wanted]
        return [Node(self._bus, name, path) for name, path in found if "null" not in path]

    def walk(self):
        """(node, its states) of everything below that shows, nearest first."""
        waiting = [(self, True)]
        while waiting:
            node, is_root = waiting.pop(0)
            try:
                states = node.states
                if is_root or "showing" in states:
                    yield node, states
                    waiting += [(child, False) for child in node.children]
            except dbus.DBusException:
                continue  # gone meanwhile


class Accessibility:
    """The accessibility bus of a session bus."""

    def __init__(self, session_address):
        session = dbus.bus.BusConnection(session_address)
        launcher = session.get_object("org.a11y.Bus", "/org/a11y/bus", introspect=False)
        address = launcher.get_dbus_method("GetAddress", "org.a11y.Bus")(timeout=20)
        session.close()
        self._bus = dbus.bus.BusConnection(str(address))

    def close(self):
        self._bus.close()

    def programs(self):
        root = Node(self._bus, "org.a11y.atspi.Registry", ROOT)
        return root.children

    def program(self, name):
        """None while it has not registered."""
        try:
            return next((one for one in self.programs() if one.name == name), None)
        except dbus.DBusException:
            return None
