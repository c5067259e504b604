"""What a running service reads from its migrations' files is what Alembic makes of them."""

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from deploy.services import SERVICES
from shared.db.revisions import folder, head


class TestTheRevisionThatTheCodeExpects:
    @pytest.mark.parametrize("service", SERVICES)
    def test_is_the_head_of_its_history(self, service: str) -> None:
        config = Config()
        config.set_main_option("script_location", str(folder(service)))
        config.set_main_option("path_separator", "os")
        assert head(service) == ScriptDirectory.from_config(config).get_current_head()
