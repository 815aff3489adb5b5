"""What a terminal shows: tables, panels, bars, and the streams that they go to."""
