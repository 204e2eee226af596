"""A fictional district to try the service in; refused by production settings.

Every name, number and record here is made up; the area code 990101 belongs to no place.
"""
