"""The loop: is there reason to train anew, is the challenger better, and who serves after it."""
