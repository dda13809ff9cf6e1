"""The kit's storages: what one does must not disturb another, or tests fail that have no fault."""

from concurrent.futures import ThreadPoolExecutor

from kit.storage import Storage


def test_storages_come_and_go_beside_each_other():
    with ThreadPoolExecutor(3) as others:
        versions = list(others.map(version_said_by_an_image_of_its_own, range(9)))
    assert set(versions) == {versions[0]} and versions[0].startswith("wisp ")


def version_said_by_an_image_of_its_own(number):
    storage = Storage()
    storage.build("wisp", f"wisp:{number}")
    version = storage.run(f"wisp:{number}", "--version")
    storage.remove()
    assert not storage.folder.exists()
    return version
