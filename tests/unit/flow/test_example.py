"""The example of a test of one's own is run with ours."""

from examples.test_gather_pin import test_every_way_through_the_menu_leads_somewhere

__all__ = ["test_every_way_through_the_menu_leads_somewhere"]
