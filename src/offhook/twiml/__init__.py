"""TwiML text to a frozen, validated tree; one file per verb; knows nothing of calls."""
