import { expect, test } from "vitest";
import { tidyTime, turned } from "./time-of-day";

test.each([["7", "07:00"], ["7:30", "07:30"], ["0730", "07:30"], ["18.05", "18:05"], ["24:00", null], ["12:60", null], ["noon", null], ["", null]])("“%s” is %s", (text, time) => expect(tidyTime(text)).toBe(time));
test("the arrows go over midnight", () => expect([turned("23:50", 15), turned("00:00", -15)]).toEqual(["00:05", "23:45"]));
